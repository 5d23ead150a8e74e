/** A task as the task server keeps it. Data and results stay bytes: only sender and task worker decode them. */
import type { FinishMeta } from '../wire/messages.ts'

/** A task that ran at this many deaths of its thread or task server is given up. */
export const MAX_CRASHES = 3

export interface StoredTask {
  readonly id: number
  readonly data: Uint8Array
  /** Worker id of the sender, as `event.workerId` shows it. */
  readonly workerId: number
  /** Key of the sender's place, which a successor may fill, see `report-desk.ts`. */
  readonly sender: string
  /** Name of the process or thread itself that sent it. */
  readonly client: string
  /** The sender waits for this task itself (taskWait, submit). */
  readonly watched: boolean
  readonly attempt: number
  readonly crashes: number
}

export interface TaskFinish {
  readonly id: number
  readonly meta: FinishMeta
  readonly result: Uint8Array
}
