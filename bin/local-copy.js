// Finds the copy of tsrv that the project of a folder has installed, so that a global `tsrv` can hand over to it.
// Runs on old versions of Node.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { foldersUpward } from './folders-upward.js'

const NAME = path.join('node_modules', '@tsrv', 'server')
const ADVICE = 'Install it again: npm install'

/**
 * @param {string} from the folder whose project decides
 * @param {string} self real path of the running bin
 * @returns {{ bin?: string, home?: string, broken?: string }} URL of the other copy's bin, and its folder; nothing when
 *   there is no other
 */
export function findLocalCopy(from, self) {
  const folder = foldersUpward(from).find((one) => existsSync(path.join(one, NAME, 'package.json')))
  if (folder === undefined) return {}
  const copy = path.join(folder, NAME)
  const bin = readBin(copy)
  if (bin === undefined)
    return { broken: `${path.join(copy, 'package.json')} names no bin "tsrv". ${ADVICE}` }
  if (!existsSync(bin)) return { broken: `${bin} is missing. ${ADVICE}` }
  // A link to this very copy, as in a workspace, is no other copy; nor can two copies call each other for ever.
  return realpathSync(bin) === self ? {} : { bin: pathToFileURL(bin).href, home: copy }
}

function readBin(copy) {
  try {
    const { bin } = JSON.parse(readFileSync(path.join(copy, 'package.json'), 'utf8'))
    return path.join(copy, bin.tsrv)
  } catch {
    return undefined
  }
}
