/** A `server` that records what it is asked for. */
import { EventDispatcher } from '../../../src/events/dispatcher.ts'
import type { Logger, Server } from '../../../src/server.ts'

export interface FakeServer {
  readonly server: Server
  /** Level, then what was given to the method. */
  readonly logged: unknown[][]
  /** Data of the tasks that were sent. */
  readonly tasks: unknown[]
}

export function fakeServer(): FakeServer {
  const logged: unknown[][] = []
  const tasks: unknown[] = []
  const at =
    (level: string) =>
    (...parameters: unknown[]): void =>
      void logged.push([level, ...parameters])
  const log: Logger = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  }
  const unused = (): never => {
    throw new Error('not part of this test')
  }
  const server: Server = {
    task: (data) => tasks.push(data),
    taskWait: unused,
    taskWaitMulti: unused,
    submit: unused,
    queue: () => {
      throw new Error('no queue here')
    },
    service: unused,
    container: { has: () => false, get: unused },
    cancel: unused,
    on: unused,
    events: new EventDispatcher(),
    isLeader: false,
    drainSignal: new AbortController().signal,
    role: 'task',
    workerId: 0,
    generation: 1,
    log,
  }
  return { server, logged, tasks }
}
