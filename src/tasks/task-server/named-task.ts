/** A task that nobody's code sent: an exported function by the name under which it travels, and what to call it with. */
import path from 'node:path'
import { encodePayload } from '../../wire/payload.ts'
import type { Tags } from '../../wire/tags.ts'
import { queueOf, type QueueRoutes } from '../queues.ts'
import { Task } from '../writing/task-objects.ts'
import type { TaskEnvelope } from '../task.ts'

export interface NamedTask {
  readonly id: number
  /** As `tasks.modules` names it: `src/tasks/mail#sendMail`, or the function's own `taskName`. */
  readonly action: string
  readonly payload: readonly unknown[]
  readonly queue?: string | undefined
  readonly label?: string | undefined
  /** While a task with this key is known, this one is a duplicate; until `keyUntil` in any case. */
  readonly key?: string
  readonly keyUntil?: number
  /** Who sent it, for people; its reports go to the leader. */
  readonly sender: 'cli' | 'schedule'
  /** Milliseconds since 1970. */
  readonly now: number
}

/** @throws TsrvError TSRV_QUEUE_UNKNOWN */
export function namedTask(named: NamedTask, routes: QueueRoutes): TaskEnvelope {
  const { id, payload, sender, now, label, key, keyUntil } = named
  const action = actionName(named.action)
  // Only the name of the function travels, and only the task worker has it: any function stands for it here.
  const standIn = (..._payload: readonly unknown[]): void => {}
  const data = Object.assign(new Task(standIn, ...payload), { isUnchecked: true } as const)
  const queue = queueOf(
    { data, name: action, wished: named.queue, by: sender === 'cli' ? 'tsrv task run' : 'a schedule' },
    routes,
  )
  return {
    id,
    queue,
    data: encodePayload(data, standInTags(standIn, action)),
    name: action,
    priority: 0,
    createdAt: now,
    runAt: now,
    workerId: 0,
    sender,
    client: sender,
    watched: false,
    policy: {},
    ...(label !== undefined && { label }),
    ...(key !== undefined && { key, keyUntil: keyUntil ?? 0 }),
  }
}

/** `./src/tasks/mail.ts#sendMail`, as people write it, is `src/tasks/mail#sendMail`. */
function actionName(written: string): string {
  const hash = written.lastIndexOf('#')
  if (hash === -1) return written
  const file = path.posix.normalize(written.slice(0, hash))
  return file.slice(0, file.length - path.posix.extname(file).length) + written.slice(hash)
}

function standInTags(standIn: object, action: string): Tags {
  const names = new Map<object, string>([
    [Task, Task.taskName],
    [standIn, action],
  ])
  return { tagOf: (exported) => names.get(exported), exportOf: () => undefined }
}
