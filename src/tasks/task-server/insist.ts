/** Asks a store again and again while it is out of order: a full disk, a lost connection. */
import { setTimeout as delay } from 'node:timers/promises'
import { TsrvError } from '../../errors.ts'
import { backoff } from '../../util/backoff.ts'

const PAUSES = { first: 50, longest: 5000 }

export interface InsistOptions {
  /** Ends it: rejects with the last failure. */
  readonly signal: AbortSignal
  readonly onTrouble: (error: unknown) => void
}

/** @throws what is not TSRV_BROKER_UNAVAILABLE, which would fail again in the same way */
export async function insist<Result>(
  ask: () => Promise<Result>,
  { signal, onTrouble }: InsistOptions,
): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await ask()
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error
      onTrouble(error)
      await delay(backoff(failures, PAUSES), undefined, { signal, ref: false }).catch(() => {})
    }
  }
}

/** A store that cannot be reached or written now may be later. */
export function isPassing(error: unknown): boolean {
  return error instanceof TsrvError && error.code === 'TSRV_BROKER_UNAVAILABLE'
}
