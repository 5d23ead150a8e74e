/** What the sending end of tasks is made of; each process role fills it in. */
import type { OnCrash, Sender } from '../../wire/messages.ts'
import type { Tags } from '../../wire/tags.ts'
import type { FinishedTask } from './finished-task.ts'
import type { TaskIds } from './ids.ts'
import type { OutboxLimits } from './outbox.ts'
import type { QueueRoutes } from '../queues.ts'
import type { RunHere } from './run-here.ts'
import type { SpillPlace } from './spill.ts'

export interface TaskClientOptions {
  readonly sender: Sender
  readonly ids: TaskIds
  readonly tags: Tags
  readonly limits: OutboxLimits
  /** Without it there is only the default queue. */
  readonly queues?: QueueRoutes
  /** Runs what goes to a sync queue. */
  readonly runHere?: RunHere | undefined
  /** What submit() does at the limits; task() throws. */
  readonly whenFull: 'throw' | 'wait'
  /** A task that ran each time a task server without a store died is given up after this many deaths. */
  readonly maxCrashes: number
  /** 'fail': after the first one. */
  readonly onCrash: OnCrash
  /** Where tasks stand that no task server takes; absent when no store would take them later. */
  readonly spill?: SpillPlace
  /** Handles the end of a task (finish events); the report counts as received when it has settled. */
  readonly onFinish: (finished: FinishedTask) => Promise<void> | void
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number
  /** A task has ended after the taskWait() for it had given up; its result reaches the finish event only. */
  readonly onLate: (id: number) => void
}
