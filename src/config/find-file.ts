/**
 * Which file holds the configuration, found without evaluating it. An own walk instead of cosmiconfig, which cannot
 * see two candidates in one folder and obeys a meta config that may load code of the project into this process.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { messageOf, TsrvError } from '../errors.ts'
import { hasOwnSection } from './ini-scan.ts'

/** File names in the order in which two of them in one folder are named. */
const NAMES = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'].map((extension) => `tsrv.config.${extension}`)
const SHARED_NAME = 'config.ini'

export interface FoundConfig {
  /** Folder that paths in the config are relative to: the one of the file, else the one where the search began. */
  readonly root: string
  /** Absolute; undefined when there is no config file. */
  readonly file: string | undefined
}

export interface FindConfigOptions {
  readonly cwd: string
  /** The file of `-c`; then nothing is searched. */
  readonly file?: string | undefined
}

/**
 * Looks from `cwd` upwards as far as the nearest folder with a package.json.
 *
 * @throws TsrvError TSRV_CONFIG_NOT_FOUND for a given file that is none, TSRV_CONFIG_AMBIGUOUS for two in one folder
 */
export function findConfigFile({ cwd, file }: FindConfigOptions): FoundConfig {
  if (file !== undefined) return chosenFile(path.resolve(cwd, file))
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const names = namesIn(folder)
    const found = [...NAMES, SHARED_NAME].filter((name) => names.has(name) && counts(folder, name))
    if (found.length > 1) throw new TsrvError('CONFIG_AMBIGUOUS', { files: listed(cwd, folder, found) })
    if (found[0] !== undefined) return { root: folder, file: path.join(folder, found[0]) }
    if (names.has('package.json') || path.dirname(folder) === folder) break
  }
  return { root: path.resolve(cwd), file: undefined }
}

function chosenFile(file: string): FoundConfig {
  if (!existsSync(file) || statSync(file).isDirectory()) throw new TsrvError('CONFIG_NOT_FOUND', { file })
  return { root: path.dirname(file), file }
}

/** A folder that cannot be listed (it may still be passed through) has no candidates. */
function namesIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder))
  } catch {
    return new Set()
  }
}

function counts(folder: string, name: string): boolean {
  const file = path.join(folder, name)
  try {
    if (!statSync(file).isFile()) return false
    return name !== SHARED_NAME || hasOwnSection(readFileSync(file, 'utf8'))
  } catch (error) {
    // A dangling link or an unreadable config.ini of someone else; our own name must not be passed over in silence.
    if (name === SHARED_NAME) return false
    throw new TsrvError('CONFIG_NOT_FOUND', { file: `${file} (${messageOf(error)})` }, { cause: error })
  }
}

function listed(cwd: string, folder: string, names: readonly string[]): string {
  return names.map((name) => path.relative(cwd, path.join(folder, name))).join(', ')
}
