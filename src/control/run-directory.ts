/**
 * Where a server keeps its sockets, pid records and cache (`.tsrv/`), and how that folder is made safe to use.
 * Found from the name of the config file alone, so that `tsrv stop` works with a broken configuration.
 */
import { createHash } from 'node:crypto'
import { accessSync, chmodSync, constants, lstatSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { messageOf, TsrvError } from '../errors.ts'
import { isReadOnly } from './read-only.ts'

export interface RunDirectoryQuestion {
  /** Folder the configuration belongs to (absolute); `.tsrv` lies in it. */
  readonly root: string
  /** The configuration file, if there is one. */
  readonly file?: string | undefined
  /** True when `-c` named `file` and it is not the one discovery finds: it gets a folder of its own. */
  readonly explicit?: boolean | undefined
  /** Value of TSRV_RUN_DIR; relative to `root`. Decides alone when it is set and not empty. */
  readonly override?: string | undefined
  /** The folder cannot be written (control/read-only.ts): one in the temp directory takes its place. */
  readonly readOnly?: boolean | undefined
  /** Where files go that cannot be in the folder itself. Default: the temp directory of the system. */
  readonly tempDir?: string | undefined
  /** Default: the user of this process. */
  readonly uid?: number | undefined
}

/** Absolute paths; nothing of it needs to exist. */
export interface RunDirectory {
  readonly dir: string
  readonly controlSocket: string
  readonly tasksSocket: string
  /** Database of the sqlite broker and its task log. */
  readonly tasksFile: string
  readonly serverJson: string
  readonly lock: string
  /** High-water mark of the task ids. */
  readonly idsFile: string
  /** Compile cache of Node. */
  readonly cacheDir: string
  readonly logFile: string
  /** Names the file of the latest log, if that is another one. */
  readonly logNote: string
  /** Folder of both sockets when it is not `dir`, because their paths would be too long there. */
  readonly socketDir?: string
  /** The folder that `dir` stands in for, because it cannot be written. */
  readonly standsFor?: string
  /** True when TSRV_RUN_DIR chose `dir`: an existing folder of the user whose mode is not ours to change. */
  readonly overridden: boolean
}

/** Decides the paths of a server; touches nothing. */
export function locateRunDirectory(question: RunDirectoryQuestion): RunDirectory {
  const { root, override } = question
  const overridden = override !== undefined && override !== ''
  const wanted = overridden
    ? path.resolve(root, override)
    : path.join(path.resolve(root), '.tsrv', ownFolder(question))
  const standsIn = question.readOnly === true && !overridden
  const dir = standsIn ? path.join(tempFolder(question), hash(wanted, 16)) : wanted
  const sockets = socketPaths(dir, question)
  return {
    dir,
    ...sockets,
    serverJson: path.join(dir, 'server.json'),
    tasksFile: path.join(dir, 'tasks.db'),
    lock: path.join(dir, 'lock'),
    idsFile: path.join(dir, 'ids.json'),
    cacheDir: path.join(dir, 'cache'),
    logFile: path.join(dir, 'server.log'),
    logNote: path.join(dir, 'log-file'),
    ...(standsIn && { standsFor: wanted }),
    overridden,
  }
}

/**
 * Makes the folder (mode 0700, with a `.gitignore` of its own) and, when the sockets live elsewhere, theirs.
 *
 * @throws TsrvError `TSRV_RUN_DIR_UNUSABLE` when it cannot be made or written, or other users could tamper with it.
 */
export function openRunDirectory(paths: RunDirectory): void {
  try {
    if (paths.standsFor !== undefined) openStandIn(paths.standsFor, path.dirname(paths.dir))
    mkdirSync(paths.dir, { recursive: true, mode: 0o700 })
    secureRunDirectory(paths)
    accessSync(paths.dir, constants.W_OK | constants.X_OK)
    writeOnce(path.join(paths.dir, '.gitignore'), '*\n')
    if (paths.socketDir !== undefined) openTempFolder(paths.socketDir)
  } catch (error) {
    if (error instanceof TsrvError) throw error
    throw unusable(paths.dir, messageOf(error), error)
  }
}

// A name that is also a file of the default server's folder would nest one server in another's files.
const TAKEN = new Set([
  'cache',
  'control.sock',
  'tasks.sock',
  'server.json',
  'lock',
  'ids.json',
  'server.log',
  'log-file',
  'tasks.db',
])

function ownFolder({ file, explicit }: RunDirectoryQuestion): string {
  if (explicit !== true || file === undefined) return ''
  const base = path.basename(file)
  const name = base.slice(0, base.length - path.extname(base).length)
  const safe = name.replaceAll(/[^\w.-]/g, '-').replace(/^\.+/, '')
  const plain = safe === name && safe !== '' && !TAKEN.has(safe) && !safe.startsWith('tasks.db')
  // Two names that become one when made safe must not become one server.
  return plain ? safe : `${safe}-${hash(name, 8)}`
}

// sun_path holds 104 bytes on macOS and 108 on Linux, the closing NUL included.
const LONGEST_SOCKET_PATH = 100

function socketPaths(
  dir: string,
  question: RunDirectoryQuestion,
): Pick<RunDirectory, 'controlSocket' | 'tasksSocket' | 'socketDir'> {
  const controlSocket = path.join(dir, 'control.sock')
  const tasksSocket = path.join(dir, 'tasks.sock')
  const longest = Math.max(Buffer.byteLength(controlSocket), Buffer.byteLength(tasksSocket))
  if (longest <= LONGEST_SOCKET_PATH) return { controlSocket, tasksSocket }
  const socketDir = tempFolder(question)
  const prefix = path.join(socketDir, hash(dir, 16))
  return { controlSocket: `${prefix}-control.sock`, tasksSocket: `${prefix}-tasks.sock`, socketDir }
}

function tempFolder({ tempDir = tmpdir(), uid = ownUid() }: RunDirectoryQuestion): string {
  return path.join(tempDir, `tsrv-${uid}`)
}

function secureRunDirectory({ dir, overridden }: RunDirectory): void {
  const found = statSync(dir)
  if (!found.isDirectory()) throw unusable(dir, 'it is not a folder')
  // Root may use a folder that a bind mount shows as someone else's: its owner decides about the code as well.
  if (ownUid() !== 0 && found.uid !== ownUid()) throw unusable(dir, foreign(found.uid))
  if (!overridden) chmodSync(dir, 0o700)
  // Changing the mode of a folder that the user chose (it may be /tmp) would be a surprise: refuse instead.
  else if (isOpenToOthers(found.mode)) throw unusable(dir, 'other users may write to it')
}

function openStandIn(wanted: string, tempFolder: string): void {
  const tempDir = path.dirname(tempFolder)
  if (!isReadOnly(tempFolder)) return openTempFolder(tempFolder)
  const reason = `it cannot be written, and neither can ${tempDir}, which would take its place`
  throw unusable(wanted, reason)
}

/** The temp directory is shared: whoever plants a folder or link under our name there must not get the sockets. */
function openTempFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (!found.isDirectory()) throw unusable(folder, 'it is not a folder (a link is not followed here)')
  if (found.uid !== ownUid()) throw unusable(folder, foreign(found.uid))
  chmodSync(folder, 0o700)
}

function writeOnce(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function isOpenToOthers(mode: number): boolean {
  return (mode & 0o022) !== 0
}

function foreign(owner: number): string {
  return `it belongs to user ${owner}, and this process runs as user ${ownUid()}`
}

function unusable(runDir: string, reason: string, cause?: unknown): TsrvError {
  return new TsrvError('RUN_DIR_UNUSABLE', { runDir, reason }, { cause })
}

function ownUid(): number {
  return process.getuid?.() ?? -1
}

function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}
