/** Every event of the server: its class, the processes that load its listeners, and what a throw in one means. */
import type { ServerRole } from '../server.ts'
import type { EventClass } from './dispatcher.ts'
import { RequestEvent } from './request-event.ts'
import * as about from './server-events.ts'
import { TaskErrorEvent, TaskEvent, TaskFinishEvent } from './task-events.ts'

export interface EventRow {
  readonly type: EventClass
  readonly runsIn: readonly ServerRole[]
  /** `fail`: the boot, the request or the attempt fails. `log`: logged, and the other listeners run. */
  readonly throws: 'fail' | 'log'
}

const HTTP = ['http'] as const
const BOTH = ['http', 'task'] as const

export const EVENTS = {
  ServerStartEvent: { type: about.ServerStartEvent, runsIn: HTTP, throws: 'fail' },
  ServerShutdownEvent: { type: about.ServerShutdownEvent, runsIn: HTTP, throws: 'log' },
  LeaderStartEvent: { type: about.LeaderStartEvent, runsIn: HTTP, throws: 'log' },
  LeaderStopEvent: { type: about.LeaderStopEvent, runsIn: HTTP, throws: 'log' },
  BeforeReloadEvent: { type: about.BeforeReloadEvent, runsIn: HTTP, throws: 'log' },
  AfterReloadEvent: { type: about.AfterReloadEvent, runsIn: HTTP, throws: 'log' },
  WorkerStartEvent: { type: about.WorkerStartEvent, runsIn: BOTH, throws: 'fail' },
  WorkerDrainEvent: { type: about.WorkerDrainEvent, runsIn: HTTP, throws: 'log' },
  WorkerStopEvent: { type: about.WorkerStopEvent, runsIn: BOTH, throws: 'log' },
  WorkerErrorEvent: { type: about.WorkerErrorEvent, runsIn: HTTP, throws: 'log' },
  RequestEvent: { type: RequestEvent, runsIn: HTTP, throws: 'fail' },
  TaskEvent: { type: TaskEvent, runsIn: ['task'], throws: 'fail' },
  TaskFinishEvent: { type: TaskFinishEvent, runsIn: HTTP, throws: 'log' },
  TaskErrorEvent: { type: TaskErrorEvent, runsIn: HTTP, throws: 'log' },
} as const satisfies Record<string, EventRow>

export type EventName = keyof typeof EVENTS

/** Swoole has a manager process beside the master; here the supervisor is both. */
const ALIASES: Readonly<Record<string, EventName>> = {
  ManagerStartEvent: 'ServerStartEvent',
  ManagerStopEvent: 'ServerShutdownEvent',
}

/** As the config takes it, to check names before any listener is loaded. */
export const EVENT_NAMES = {
  names: Object.keys(EVENTS),
  isKnown: (name: string): boolean => findEvent(name) !== undefined,
} as const

/** The row of a key under `listeners`; `Task`, `ServerStart` … work without the ending, too. */
export function findEvent(key: string): EventRow | undefined {
  const name = key.endsWith('Event') ? key : `${key}Event`
  const known = ALIASES[name] ?? name
  return Object.hasOwn(EVENTS, known) ? EVENTS[known as EventName] : undefined
}
