/**
 * Which file holds the configuration, found without evaluating it. An own walk instead of cosmiconfig, which cannot
 * see two candidates in one folder and obeys a meta config that may load code of the project into this process.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { messageOf, TsrvError } from '../errors.ts'
import { CONFIG_FOLDER, OWN_NAMES, SHARED_NAMES } from './file-names.ts'
import { hasOwnSection } from './ini-scan.ts'
import { hasOwnSettings } from './parse-json.ts'

export interface FoundConfig {
  /**
   * Folder that paths in the config are relative to: the one of the file, or the one around `.config/`; without a
   * file the one where the search began.
   */
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
  const { root, names } = search(cwd)
  if (names.length > 1) throw new TsrvError('CONFIG_AMBIGUOUS', { files: listed(cwd, root, names) })
  return { root, file: names[0] === undefined ? undefined : path.join(root, names[0]) }
}

/** The `root` of a search, also where it cannot choose: enough to find the server that runs there. */
export function findConfigRoot(cwd: string): string {
  return search(cwd).root
}

interface Candidates {
  readonly root: string
  readonly names: readonly string[]
}

function search(cwd: string): Candidates {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const all = namesIn(folder)
    const names = [...OWN_NAMES, ...SHARED_NAMES].filter((name) => all.has(name) && counts(folder, name))
    if (names.length > 0) return { root: folder, names }
    if (all.has('package.json') || path.dirname(folder) === folder) return { root: path.resolve(cwd), names }
  }
}

function chosenFile(file: string): FoundConfig {
  if (!existsSync(file) || statSync(file).isDirectory()) throw new TsrvError('CONFIG_NOT_FOUND', { file })
  const folder = path.dirname(file)
  return { root: path.basename(folder) === CONFIG_FOLDER ? path.dirname(folder) : folder, file }
}

/** Relative to the folder, the names inside its `.config/` included. */
function namesIn(folder: string): ReadonlySet<string> {
  const names = list(folder)
  const nested = names.includes(CONFIG_FOLDER) ? list(path.join(folder, CONFIG_FOLDER)) : []
  return new Set([...names, ...nested.map((name) => `${CONFIG_FOLDER}/${name}`)])
}

/** A folder that cannot be listed (it may still be passed through) has no candidates. */
function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function counts(folder: string, name: string): boolean {
  const file = path.join(folder, name)
  const shared = SHARED_NAMES.find((candidate) => candidate === name)
  try {
    if (!statSync(file).isFile()) return false
    return shared === undefined || isOurs(shared, readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    // A dangling link or an unreadable file of someone else; our own name must not be passed over in silence.
    if (shared !== undefined) return false
    throw new TsrvError('CONFIG_NOT_FOUND', { file: `${file} (${messageOf(error)})` }, { cause: error })
  }
}

function isOurs(name: (typeof SHARED_NAMES)[number], text: string): boolean {
  switch (name) {
    case 'package.json':
      return hasOwnSettings(text)
    case 'config.ini':
      return hasOwnSection(text)
    default:
      return name satisfies never
  }
}

function listed(cwd: string, folder: string, names: readonly string[]): string {
  const shown = names.map((name) => path.relative(cwd, path.join(folder, name)))
  return shown
    .map((name) => (path.basename(name) === 'package.json' ? `${name} (its key "tsrv")` : name))
    .join(', ')
}
