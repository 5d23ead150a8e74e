/** The queues of the configuration, and which of them a task goes to. */
import { TsrvError } from '../errors.ts'
import type { TaskWishes } from '../wire/messages.ts'
import { DEFAULT_QUEUE } from './task.ts'
import { Task } from './writing/task-objects.ts'

export interface QueueRoutes {
  /** Besides `default`, which there always is. */
  readonly queues: readonly { readonly name: string; readonly sync: boolean }[]
  /** From the name of a task to the name of a queue; `*` stands for all others. */
  readonly routes: Readonly<Record<string, string>>
}

export const NO_ROUTES: QueueRoutes = { queues: [], routes: {} }

interface Routed {
  readonly data: unknown
  /** As lists show it. */
  readonly name: string
  /** What the call asks for. */
  readonly wished?: string | undefined
  /** Who asks, for the error. */
  readonly by: string
}

/**
 * What the call asks for; else what the task's class or function says with its own `queue`, a name or a function of
 * the task; else the route of its name.
 *
 * @throws TsrvError TSRV_QUEUE_UNKNOWN
 */
export function queueOf(task: Routed, { queues, routes }: QueueRoutes): string {
  const { name, wished } = task
  const own = wished === undefined ? ownQueue(task.data) : undefined
  const queue = wished ?? own ?? routes[name] ?? routes['*'] ?? DEFAULT_QUEUE
  if (queue === DEFAULT_QUEUE || queues.some((one) => one.name === queue)) return queue
  const by = wished !== undefined ? task.by : own === undefined ? 'tasks.routes' : `the task ${name}`
  const known = [...new Set([DEFAULT_QUEUE, ...queues.map((one) => one.name)])].join(', ')
  throw new TsrvError('QUEUE_UNKNOWN', { queue, by, known })
}

export function isSync(queue: string, { queues }: QueueRoutes): boolean {
  return queues.some(({ name, sync }) => sync && name === queue)
}

function ownQueue(data: unknown): string | undefined {
  const source: unknown = data instanceof Task ? data.run : typeof data === 'function' ? data : classOf(data)
  if (typeof source !== 'function') return undefined
  const { queue } = source as { readonly queue?: unknown }
  const chosen: unknown = typeof queue === 'function' ? (queue as (task: unknown) => unknown)(data) : queue
  return typeof chosen === 'string' ? chosen : undefined
}

function classOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null ? data.constructor : undefined
}

/** What travels with a task to its queue; undefined when that is nothing, as for most. */
export function wishesFor(queue: string, others: Omit<TaskWishes, 'queue'>): TaskWishes | undefined {
  if (queue !== DEFAULT_QUEUE) return { ...others, queue }
  return Object.keys(others).length === 0 ? undefined : others
}
