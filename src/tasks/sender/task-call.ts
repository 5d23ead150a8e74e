/** What a call such as `server.task(data, options)` asks for, checked and in the form that travels. */
import { TsrvError } from '../../errors.ts'
import type { TaskOptions } from '../../server.ts'
import type { TaskWishes } from '../../wire/messages.ts'
import { encodePayload } from '../../wire/payload.ts'
import type { Tags } from '../../wire/tags.ts'
import { workOf } from '../writing/define-task.ts'
import { optionsOfData } from '../writing/options-of-data.ts'
import { isSync, NO_ROUTES, queueOf, type QueueRoutes, wishesFor } from '../queues.ts'
import { nameOfData } from './task-name.ts'
import { readTaskOptions } from '../task-options.ts'

export interface TaskCall {
  readonly data: unknown
  readonly options: TaskOptions
  /** Name of the method, for errors. */
  readonly call: string
}

export interface ReadCall {
  readonly data: Uint8Array
  readonly name: string
  readonly wishes: TaskWishes | undefined
  /** It goes to a sync queue: it runs in this process. */
  readonly isHere: boolean
}

interface CallTerms {
  readonly tags: Tags
  /** Without it there is only the default queue. */
  readonly queues?: QueueRoutes
}

/**
 * @throws TsrvError TSRV_TASK_NOT_SERIALISABLE, TSRV_TASK_TOO_LARGE, TSRV_TASK_OPTION_INVALID, TSRV_QUEUE_UNKNOWN,
 *   TSRV_TASK_INPUT_INVALID
 */
export function readTaskCall(
  { data, options, call }: TaskCall,
  { tags, queues = NO_ROUTES }: CallTerms,
): ReadCall {
  refuseDefinition(data)
  const bytes = encodePayload(data, tags)
  const name = nameOfData(data, tags)
  const own = optionsOfData(data)
  const asked = readTaskOptions(own === undefined ? options : { ...own, ...options }, call)
  const { queue: wished, ...others } = asked ?? {}
  const queue = queueOf({ data, name, wished, by: `${call}()` }, queues)
  return { data: bytes, name, wishes: wishesFor(queue, others), isHere: isSync(queue, queues) }
}

/** A definition is no task: it has functions, and to say that these cannot travel would mislead. */
function refuseDefinition(data: unknown): void {
  const task = workOf(data)?.taskName
  if (task === undefined) return
  const problems = 'there is none; call dispatch(input) of the task, or send its task(input)'
  throw new TsrvError('TASK_INPUT_INVALID', { task, problems })
}
