/** The task path of a server, put together in one thread: client, task server on the memory broker, lanes. */
import type { Config } from '../config/config.ts'
import type { Services } from '../container/container.ts'
import { LateContainer } from '../container/late-container.ts'
import { TsrvError } from '../errors.ts'
import type { EventDispatcher } from '../events/dispatcher.ts'
import { bindServer, type Logger, server, type TaskReport } from '../server.ts'
import { MemoryBroker } from '../tasks/brokers/memory.ts'
import { dispatchFinish, warnOfLate } from '../tasks/sender/finish-events.ts'
import type { FinishedTask } from '../tasks/sender/finished-task.ts'
import { TaskIds } from '../tasks/sender/ids.ts'
import { InThreadLane } from '../tasks/lanes/in-thread-lane.ts'
import { LaneDeath } from '../tasks/lanes/lane.ts'
import { openRunner, type Runner } from '../tasks/task-worker/open-runner.ts'
import { shareOf } from '../tasks/sender/outbox.ts'
import { type RunHere, runningHere } from '../tasks/sender/run-here.ts'
import { createServerFacade } from '../tasks/server-facade.ts'
import { ServiceCalls } from '../tasks/services/service-calls.ts'
import { SwooleCallbacks } from '../tasks/writing/swoole-style.ts'
import { TaskClient } from '../tasks/sender/task-client.ts'
import { MemoryTaskLog } from '../tasks/task-log/memory.ts'
import { loadTaskModules } from '../tasks/task-modules.ts'
import { runTask } from '../tasks/task-worker/task-runner.ts'
import { TaskServer } from '../tasks/task-server/task-server.ts'
import { loadUserProgram } from '../tasks/user-program.ts'
import { channelPair } from '../wire/channel.ts'
import type { FromTaskServer, ToTaskServer } from '../wire/messages.ts'
import type { Tags } from '../wire/tags.ts'
import type { TestClock } from './clock.ts'
import { SentTasks } from './sent-tasks.ts'

// As they are before the fake timers of a test runner take their places.
const later = setTimeout
const turn = setImmediate
const elapsed = performance.now.bind(performance)

export interface TaskPathOptions {
  readonly config: Config
  readonly clock: TestClock
  readonly dispatcher: EventDispatcher
  readonly log: Logger
  readonly drainSignal: AbortSignal
}

/** Binds `server`, loads the user's program, and opens lanes that take no task yet. */
export async function openTaskPath(
  options: TaskPathOptions,
): Promise<{ readonly tasks: TaskPath; readonly services: Services }> {
  const { config, dispatcher, log, drainSignal } = options
  const { tags, handlers } = await loadTaskModules(config.tasks.modules, config.root, config.tasks.handlers)
  const callbacks = new SwooleCallbacks()
  const tasks = new TaskPath(tags, options)
  const { on } = callbacks
  const isLeader = (): boolean => true
  const identity = { role: 'http', workerId: 0, generation: 1 } as const
  const calls = new ServiceCalls({ services: [], tasksSocket: '', tags })
  const container = new LateContainer()
  const own = { log, container, events: dispatcher, on, isLeader, drainSignal }
  bindServer(createServerFacade({ ...identity, tasks: tasks.client, services: calls, ...own }))
  const parts = { server, dispatcher, tags, callbacks, container }
  const services = await loadUserProgram(config, { ...parts, roles: ['http', 'task'] })
  const runner = await openRunner({ ...parts, config, events: dispatcher, handlers, services })
  await tasks.open(lanesOf(config), runner)
  return { tasks, services }
}

function lanesOf({ taskWorkers }: Config): number {
  return taskWorkers === 'auto' ? 1 : Math.max(1, taskWorkers)
}

export class TaskPath {
  readonly client: TaskClient
  readonly sent: SentTasks
  readonly reports: TaskReport[] = []
  readonly #options: TaskPathOptions
  /** Known when the user's program has been loaded. */
  readonly #runner = Promise.withResolvers<Runner>()
  readonly #broker: MemoryBroker
  readonly #taskServer: TaskServer
  readonly #lanes: InThreadLane[] = []
  #isClosed = false

  constructor(tags: Tags, options: TaskPathOptions) {
    const { config, clock, log } = options
    const { now } = clock
    this.#options = options
    this.#broker = new MemoryBroker({ now })
    const taskLog = new MemoryTaskLog({ now })
    const rules = (): Config['tasks'] => config.tasks
    const { keep } = config.tasks
    const queues = (): Config['tasks'] => config.tasks
    this.#taskServer = new TaskServer({ broker: this.#broker, taskLog, keep, rules, queues, log, now })
    this.sent = new SentTasks(tags, (id, duplicateOf) => {
      this.reports.push({ id, state: 'duplicate', duplicateOf, duration: 0, attempt: 0 })
    })
    const block = { first: 1, last: Number.MAX_SAFE_INTEGER }
    this.client = new TaskClient({
      sender: { kind: 'http', slot: 0, workerId: 0 },
      ids: new TaskIds({ block, reserve: block }, () => {}),
      tags,
      limits: shareOf(config.tasks, 1),
      queues: config.tasks,
      runHere: this.#runHere,
      whenFull: config.tasks.whenFull,
      maxCrashes: config.tasks.maxCrashes,
      onCrash: config.tasks.onCrash,
      now,
      onFinish: (finished) => this.#finished(finished),
      onLate: warnOfLate,
    })
  }

  async open(lanes: number, runner: Runner): Promise<void> {
    this.#runner.resolve(runner)
    const capacity = this.#options.config.tasks.concurrency
    const [ours, theirs] = channelPair<ToTaskServer, FromTaskServer>()
    this.#taskServer.connect(theirs)
    this.client.connect(this.sent.overhear(ours))
    this.client.lead()
    await this.#taskServer.setLanes(lanes, (number) => {
      const lane = new InThreadLane({
        number,
        capacity,
        run: async (task, { signal, onProgress }) => {
          // Without a turn of the event loop, tasks that send tasks for ever would keep any deadline from passing.
          await new Promise((resolve) => turn(resolve))
          // `server` may be the one of the next test by now.
          if (this.#isClosed) throw new LaneDeath('killed', 'stopped')
          return runTask(task, signal, { ...runner, onProgress })
        },
      })
      lane.pause()
      this.#lanes.push(lane)
      return lane
    })
  }

  readonly #runHere: RunHere = async (task, terms) => runningHere(await this.#runner.promise)(task, terms)

  pause(): void {
    for (const lane of this.#lanes) lane.pause()
  }

  resume(): void {
    for (const lane of this.#lanes) lane.resume()
  }

  clockWasSet(): void {
    this.#broker.clockWasSet()
  }

  /** @throws TsrvError TSRV_TASKS_NOT_DRAINED when `timeout` milliseconds were not enough */
  async quiet(timeout: number): Promise<void> {
    for (const endsAt = elapsed() + timeout; !(await this.#isQuiet());) {
      if (elapsed() > endsAt) throw new TsrvError('TASKS_NOT_DRAINED', { timeout, tasks: this.#listOpen() })
      await new Promise((resolve) => later(resolve, 1))
    }
  }

  /** What runs is told to end by its signal, and not waited for. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#taskServer.stop()
    await this.#broker.close()
  }

  /** Nothing is ready or runs, and all ends have been handled: whatever is open waits for its time. */
  async #isQuiet(): Promise<boolean> {
    const { ready, delayed, running } = await this.#broker.counts()
    const isServerQuiet = ready === 0 && running === 0 && this.sent.open.length === delayed
    return isServerQuiet && this.client.syncTasks.isIdle
  }

  #listOpen(): string {
    return this.sent.open.map(({ id, name }) => `${id} (${name})`).join(', ')
  }

  async #finished(finished: FinishedTask): Promise<void> {
    const { redelivered: _, ...report } = finished
    this.reports.push(report)
    await dispatchFinish(finished, { dispatcher: this.#options.dispatcher, server })
  }
}
