/**
 * Which pages of a database its write-ahead log holds; format in https://sqlite.org/walformat.html. A page that stands
 * only half in the file is repaired by opening it if the log has it whole, else SQLite would fill it up with zeros.
 */
import { readFileSync } from 'node:fs'

const HEADER = 32
const FRAME_HEADER = 24

interface WalPages {
  readonly pageSize: number
  readonly pages: ReadonlySet<number>
}

function walPages(log: Buffer): WalPages | undefined {
  if (log.length < HEADER) return undefined
  const pageSize = log.readUInt32BE(8)
  const salts = log.subarray(16, 24)
  const pages = new Set<number>()
  for (let at = HEADER; at + FRAME_HEADER + pageSize <= log.length; at += FRAME_HEADER + pageSize) {
    // A frame with other salts is left from before the log was begun anew, and so are all behind it.
    if (!log.subarray(at + 8, at + 16).equals(salts)) break
    pages.add(log.readUInt32BE(at))
  }
  return { pageSize, pages }
}

/** Whether the last page of a file of this size was cut and cannot be repaired. To be asked before the file is opened. */
export function isCut(fileSize: number, logFile: string): boolean {
  const { pageSize, pages } = walPages(readFileSync(logFile)) ?? {}
  if (pageSize === undefined || pages === undefined || pageSize === 0 || fileSize % pageSize === 0)
    return false
  return !pages.has(Math.floor(fileSize / pageSize) + 1)
}
