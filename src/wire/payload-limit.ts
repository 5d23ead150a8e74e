/**
 * How large what is sent may be. Four times as much fits into a row of the store (SQLite: 10^9 bytes), which may hold a
 * result and the text of an error; and a line takes no frame that is longer, see `frame.ts`.
 */
import { TsrvError } from '../errors.ts'
import type { PayloadKind } from './payload-refusal.ts'

/** Bytes that one task's data, its return value or its error may have. */
export const LARGEST_PAYLOAD = 256 * 1024 ** 2

/** @throws TsrvError TSRV_TASK_TOO_LARGE */
export function requireSize(size: number, kind: PayloadKind): void {
  if (size <= LARGEST_PAYLOAD) return
  throw new TsrvError('TASK_TOO_LARGE', { what: kind, size, limit: LARGEST_PAYLOAD })
}
