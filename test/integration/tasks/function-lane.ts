/** A lane that runs functions in this very thread: the test decides when a task ends, and how. */
import { InThreadLane } from '../../../src/tasks/lanes/in-thread-lane.ts'
import { LaneDeath } from '../../../src/tasks/lanes/lane.ts'
import { packError } from '../../../src/tasks/task-error.ts'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'

interface LaneTask {
  readonly id: number
  readonly workerId: number
  readonly attempt: number
  readonly data: unknown
  /** Aborts with the reason the task server gives. */
  readonly signal: AbortSignal
  readonly progress: (completion: number) => void
}

/** It may throw a LaneDeath: that ends the lane's thread instead of failing the task. */
export type Work = (task: LaneTask) => unknown

export function functionLane(number: number, work: Work, capacity = 1): InThreadLane {
  return new InThreadLane({
    number,
    capacity,
    async run({ id, workerId, attempt, data }, { signal, onProgress }) {
      const progress = (completion: number): void => onProgress(id, { completion })
      try {
        const value = await work({
          id,
          workerId,
          attempt,
          data: decodePayload(data, NO_TAGS),
          signal,
          progress,
        })
        return { ok: true, result: encodePayload(value, NO_TAGS, 'return value'), duration: 1 }
      } catch (thrown) {
        if (thrown instanceof LaneDeath) throw thrown
        return { ok: false, error: packError(signal.aborted ? signal.reason : thrown, NO_TAGS), duration: 1 }
      }
    },
  })
}
