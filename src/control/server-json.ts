/**
 * `server.json`: which processes make up the running server. `stop` and `status` find the supervisor by it when
 * the control socket fails, and the next `start` the children that a killed supervisor left behind.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf, TsrvError } from '../errors.ts'

export interface ServerRecord {
  /** Version of tsrv. */
  readonly version: string
  readonly name: string
  /** The supervisor, with its start time as in util/process-identity.ts. */
  readonly pid: number
  readonly startTime: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly urls: readonly string[]
  readonly configFile?: string
  readonly root: string
  /** Absent when the server runs in the foreground and logs to its standard output. */
  readonly logFile?: string
  readonly children: readonly ChildRecord[]
}

export interface ChildRecord {
  readonly role: 'http' | 'tasks' | 'service' | 'stand-in'
  readonly slot: number
  readonly pid: number
  readonly startTime: string
}

/**
 * Replaces the file in one step (mode 0600): readers see the old record or the new one, never half of one.
 *
 * @throws TsrvError `TSRV_RUN_DIR_UNUSABLE`
 */
export function writeServerJson(file: string, record: ServerRecord): void {
  const next = `${file}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(next, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(next, file)
  } catch (error) {
    rmSync(next, { force: true })
    throw new TsrvError(
      'RUN_DIR_UNUSABLE',
      { runDir: path.dirname(file), reason: messageOf(error) },
      { cause: error },
    )
  }
}

/** @returns undefined when there is no file, or nothing in it that can be relied on. */
export function readServerJson(file: string): ServerRecord | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isServerRecord(found) ? found : undefined
  } catch {
    return undefined
  }
}

/** Fine when the file is gone already. */
export function removeServerJson(file: string): void {
  rmSync(file, { force: true })
}

function isServerRecord(found: unknown): found is ServerRecord {
  if (!isProcess(found)) return false
  const { version, name, startedAt, urls, root, children, configFile, logFile } = found
  return (
    [version, name, startedAt, root].every((text) => typeof text === 'string') &&
    [configFile, logFile].every((text) => text === undefined || typeof text === 'string') &&
    Array.isArray(urls) &&
    urls.every((url) => typeof url === 'string') &&
    Array.isArray(children) &&
    children.every(isChildRecord)
  )
}

function isChildRecord(found: unknown): found is ChildRecord {
  return (
    isProcess(found) &&
    ['http', 'tasks', 'service', 'stand-in'].includes(String(found['role'])) &&
    Number.isInteger(found['slot'])
  )
}

// Signals are sent to these numbers: 0 and negative ones would mean whole groups of processes.
function isProcess(found: unknown): found is Record<string, unknown> {
  if (typeof found !== 'object' || found === null || !('pid' in found) || !('startTime' in found))
    return false
  return Number.isSafeInteger(found.pid) && Number(found.pid) > 0 && typeof found.startTime === 'string'
}
