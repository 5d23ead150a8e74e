/** A server for tests: senders, task server and task workers of one program in one thread, on a clock of the test. */
import path from 'node:path'
import { configFromObject } from '../config/from-object.ts'
import type { UserConfig } from '../config/user-config.ts'
import type { Services } from '../container/container.ts'
import { EVENT_NAMES } from '../events/catalogue.ts'
import { EventDispatcher } from '../events/dispatcher.ts'
import { WorkerStartEvent, WorkerStopEvent } from '../events/server-events.ts'
import { TsrvError } from '../errors.ts'
import { bindServer, isServerBound, type Logger, server, type Server, type TaskReport } from '../server.ts'
import type { Duration } from '../util/duration.ts'
import { TestClock } from './clock.ts'
import type { SentTask } from './sent-tasks.ts'
import { openTaskPath, type TaskPath } from './task-path.ts'

export interface TestServerOptions {
  /** As in a config file; what concerns processes and HTTP has no effect. `taskWorkers` counts from 1. */
  readonly config?: UserConfig
  /** Folder that paths in the config are relative to. Default: the current one. */
  readonly root?: string
  /** Runs each task as soon as it is sent. Default false: tasks wait for `drain()`. */
  readonly inline?: boolean
  /** Time at which the clock of the test stands. Default: the time of the start. */
  readonly now?: Date
  /** Gets what the server logs. Default: nobody. */
  readonly log?: Logger
}

export interface DrainOptions {
  /** Milliseconds, of real time. Default 5000. */
  readonly timeout?: number
}

interface Parts {
  readonly clock: TestClock
  readonly tasks: TaskPath
  readonly services: Services
  readonly dispatcher: EventDispatcher
  readonly inline: boolean
  readonly draining: AbortController
}

/**
 * Runs the user's tasks, listeners and services in the thread of the test. Only one at a time: `server` is one per
 * process.
 *
 * @example
 * await using app = await TestServer.start({ config: { tasks: { modules: ['./src/tasks/*.ts'] } } })
 * signUp('ada@example.com') // sends a task
 * assert.deepEqual(app.queued.map(({ data }) => data), [new WelcomeMail('ada@example.com')])
 * const [report] = await app.drain()
 * assert.equal(report.state, 'completed')
 */
export class TestServer implements AsyncDisposable {
  readonly #parts: Parts
  #isStopped = false

  /**
   * Loads task modules, boot modules, container and listeners, and tells WorkerStartEvent.
   *
   * @throws TsrvError TSRV_TEST_SERVER_RUNNING, TSRV_CONFIG_INVALID, or what loading throws
   */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    if (isServerBound()) throw new TsrvError('TEST_SERVER_RUNNING')
    const { root = '', now = new Date(), inline = false, log = SILENT } = options
    const place = { root: path.resolve(root), where: 'config of the TestServer', events: EVENT_NAMES }
    const config = configFromObject(options.config ?? {}, place)
    const clock = new TestClock(now.getTime())
    const dispatcher = new EventDispatcher()
    const draining = new AbortController()
    const { signal: drainSignal } = draining
    try {
      const { tasks, services } = await openTaskPath({ config, clock, dispatcher, log, drainSignal })
      await dispatcher.dispatch(new WorkerStartEvent(server, 0, false))
      if (inline) tasks.resume()
      return new TestServer({ clock, tasks, services, dispatcher, inline, draining })
    } catch (error) {
      bindServer(undefined)
      throw error
    }
  }

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What `import { server } from '@tsrv/server'` is now. */
  get server(): Server {
    return server
  }

  /** The services of the container. */
  get services(): Pick<Services, 'get' | 'has'> {
    return this.#parts.services
  }

  /** All tasks that have been sent, in their order. */
  get sent(): readonly SentTask[] {
    return this.#parts.tasks.sent.all
  }

  /** The tasks that wait, delayed ones included, in the order they were sent. */
  get queued(): readonly SentTask[] {
    return this.#parts.tasks.sent.queued
  }

  /** The data of those waiting tasks that is of this class. */
  queuedOf<Data extends object>(type: abstract new (...parameters: never[]) => Data): readonly Data[] {
    return this.queued.flatMap(({ data }) => (data instanceof type ? [data] : []))
  }

  /** What has become of the tasks that have ended, in that order. */
  get reports(): readonly TaskReport[] {
    return [...this.#parts.tasks.reports]
  }

  /** Milliseconds since 1970, by the clock of this test; `Date.now()` does not know of it. */
  get now(): number {
    return this.#parts.clock.now()
  }

  /**
   * Runs what is due, and the tasks that these tasks send, until nothing is left but delayed ones.
   *
   * @returns the reports of the tasks that have ended meanwhile; their finish listeners have run
   * @throws TsrvError TSRV_TASKS_NOT_DRAINED
   */
  async drain({ timeout = 5000 }: DrainOptions = {}): Promise<readonly TaskReport[]> {
    const { tasks, inline } = this.#parts
    const before = tasks.reports.length
    tasks.resume()
    try {
      await tasks.quiet(timeout)
    } finally {
      if (!inline) tasks.pause()
    }
    return tasks.reports.slice(before)
  }

  /**
   * Advances the clock by milliseconds or a text such as `'1h'`; delayed tasks that are due by then can run. Then as
   * `drain()` with `inline`; without it, call that yourself.
   *
   * @example
   * server.task(new Reminder(), { delay: '1h' })
   * await app.advance('1h')
   * await app.drain()
   */
  async advance(by: Duration): Promise<void> {
    const { clock, tasks, inline } = this.#parts
    clock.advance(by)
    tasks.clockWasSet()
    if (inline) await this.drain()
  }

  /**
   * Tells WorkerStopEvent and ends the services; what waits is dropped. A second call does nothing.
   *
   * @throws what a listener of WorkerStopEvent threw, or TSRV_SERVICES_NOT_ENDED, when all is ended
   */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    const { tasks, dispatcher, services, draining } = this.#parts
    draining.abort()
    await tasks.close()
    try {
      await dispatcher.dispatch(new WorkerStopEvent(server, 0, false))
    } finally {
      try {
        await services.dispose()
      } finally {
        bindServer(undefined)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

const SILENT: Logger = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
}
