/** What an error of SQLite means for the store: whose fault it is, and whether to try again. */
import { messageOf } from '../../errors.ts'

/**
 * `call`: what was asked cannot be done, anything else can. `place`: the disk is full or does not answer; nothing can be
 * kept until that has passed. `end`: the file is damaged; going on could damage more.
 */
type FaultKind = 'call' | 'place' | 'end'

export interface Fault {
  readonly kind: FaultKind
  readonly reason: string
}

/** Primary result codes, https://sqlite.org/rescode.html; all others are the fault of the call. */
const KINDS: Readonly<Record<number, FaultKind>> = {
  5: 'place', // BUSY
  6: 'place', // LOCKED
  7: 'place', // NOMEM
  8: 'place', // READONLY: a file system that was remounted after an error
  10: 'place', // IOERR
  11: 'end', // CORRUPT
  13: 'place', // FULL
  14: 'place', // CANTOPEN
  15: 'place', // PROTOCOL
  26: 'end', // NOTADB
}

export function faultOf(error: unknown): Fault {
  const code = sqliteCode(error)
  const kind = code === undefined ? 'call' : (KINDS[code] ?? 'call')
  return { kind, reason: messageOf(error) }
}

/** The primary result code; undefined when the error is not from SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  const extended = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof extended === 'number' ? extended & 0xff : undefined
}
