/** Makes what the queues of a configuration are kept in, while no server runs. */
import type { Config } from '../config/config.ts'
import { openTaskStore } from '../tasks/task-server/open-task-store.ts'
import { listQueues } from '../tasks/office/queue-office.ts'
import type { QueueListing } from '../wire/task-questions.ts'

export interface InitialiseOptions {
  /** Database of the sqlite broker; undefined where nothing can be written. */
  readonly file: string | undefined
  readonly onTrouble: (message: string) => void
}

/** @throws TsrvError as `openTaskStore` does: TSRV_STORE_LOCKED when somebody else has it open */
export async function initialiseQueues({ tasks }: Config, options: InitialiseOptions): Promise<QueueListing> {
  const store = await openTaskStore({ ...tasks, ...options })
  try {
    return await listQueues({ broker: store.broker, terms: () => tasks })
  } finally {
    await store.close()
  }
}
