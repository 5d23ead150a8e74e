/** The end of a task in the hands of its sender: bytes of the task server become what user code sees. */
import { TsrvError } from '../../errors.ts'
import type { TaskReport } from '../../server.ts'
import type { FinishMeta } from '../../wire/messages.ts'
import { decodePayload } from '../../wire/payload.ts'
import type { Tags } from '../../wire/tags.ts'
import { unpackError } from '../task-error.ts'

/** The end of a task as its sender hears of it. */
export interface FinishedTask extends TaskReport {
  readonly redelivered: boolean
}

/** Never throws: what cannot be read is the error of a failed task. */
export function readFinish(id: number, meta: FinishMeta, result: Uint8Array, tags: Tags): FinishedTask {
  const { duration, attempt, redelivered } = meta
  try {
    if (!meta.failed) {
      return { id, state: 'completed', value: decodePayload(result, tags), duration, attempt, redelivered }
    }
    const error = unpackError(result, tags)
    const isCancelled = error instanceof TsrvError && error.code === 'TSRV_TASK_CANCELLED'
    return { id, state: isCancelled ? 'cancelled' : 'failed', error, duration, attempt, redelivered }
  } catch (cause) {
    // A class the task worker knows and this process does not: the task did run, its value cannot be shown.
    return { id, state: 'failed', error: cause as Error, duration, attempt, redelivered }
  }
}
