/** A task that does once more what an ended one did: same data, new id, and nobody in particular who sent it. */
import type { TaskRecord } from '../task-log.ts'
import type { TaskEnvelope } from '../task.ts'

/** Its reports go to the leader, as those of all senders that are no HTTP worker. */
const SENDER = 'cli'

/** What the caller of the first one asked for besides is not in the record: the settings of the config apply. */
export function repeatedTask(id: number, record: TaskRecord, now: number): TaskEnvelope {
  const { id: retryOf, queue, data, name, label, owner, category, priority } = record
  return {
    id,
    queue,
    data,
    name,
    priority,
    createdAt: now,
    runAt: now,
    workerId: 0,
    sender: SENDER,
    client: SENDER,
    watched: false,
    retryOf,
    policy: {},
    ...(label !== undefined && { label }),
    ...(owner !== undefined && { owner }),
    ...(category !== undefined && { category }),
  }
}
