/** A task server with function lanes and clients on memory lines: the task path without processes. */
import type { Logger } from '../../../src/server.ts'
import type { Broker } from '../../../src/tasks/broker.ts'
import { MemoryBroker } from '../../../src/tasks/brokers/memory.ts'
import { TaskIds } from '../../../src/tasks/sender/ids.ts'
import type { OutboxLimits } from '../../../src/tasks/sender/outbox.ts'
import type { FinishedTask } from '../../../src/tasks/sender/finished-task.ts'
import { TaskClient } from '../../../src/tasks/sender/task-client.ts'
import { MemoryTaskLog } from '../../../src/tasks/task-log/memory.ts'
import type { TaskLog } from '../../../src/tasks/task-log.ts'
import { TaskServer } from '../../../src/tasks/task-server/task-server.ts'
import type { QueueTerms } from '../../../src/tasks/task-server/queue-demand.ts'
import type { QueueRoutes } from '../../../src/tasks/queues.ts'
import type { RunHere } from '../../../src/tasks/sender/run-here.ts'
import type { TaskRules } from '../../../src/tasks/task-server/verdict.ts'
import { type Channel, channelPair } from '../../../src/wire/channel.ts'
import type { FromTaskServer, Sender, ToTaskServer } from '../../../src/wire/messages.ts'
import { NO_TAGS, type Tags } from '../../../src/wire/tags.ts'
import { functionLane, type Work } from './function-lane.ts'

const SILENT: Logger = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
}

const RULES: TaskRules = {
  attempts: 1,
  backoff: { kind: 'fixed', delay: 5, longest: 5 },
  timeout: undefined,
  maxCrashes: 3,
  onCrash: 'retry',
}

export interface TaskServerSetup {
  readonly rules?: Partial<TaskRules>
  readonly broker?: Broker
  readonly taskLog?: TaskLog
  readonly queues?: QueueTerms
  /** Tasks that one lane runs at a time. */
  readonly capacity?: number
}

export async function startTaskServer(
  lanes: number,
  work: Work,
  {
    rules,
    broker = new MemoryBroker(),
    taskLog = new MemoryTaskLog(),
    capacity = 1,
    queues,
  }: TaskServerSetup = {},
): Promise<TaskServer> {
  const keep = { age: 60_000, count: 10_000 }
  const server = new TaskServer({
    broker,
    taskLog,
    keep,
    log: SILENT,
    rules: () => ({ ...RULES, ...rules }),
    ...(queues !== undefined && { queues: () => queues }),
  })
  await server.resume()
  await server.setLanes(lanes, (number) => functionLane(number, work, capacity))
  return server
}

let nextBlock = 1

export interface TestClient {
  readonly client: TaskClient
  /** Ends of tasks in the order this client heard of them. */
  readonly finished: FinishedTask[]
  /** Tasks that ended after the taskWait for them had given up. */
  readonly late: number[]
  /** Opens a line; dropping it is `line.close()`. */
  readonly join: (server: TaskServer) => ClientLine
}

type ClientLine = Channel<ToTaskServer, FromTaskServer>

const NO_LIMITS: OutboxLimits = { tasks: 100_000, bytes: 2 ** 30 }

export interface ClientOptions {
  readonly kind?: Sender['kind']
  readonly onFinish?: (finished: FinishedTask) => Promise<void> | void
  readonly maxCrashes?: number
  readonly limits?: OutboxLimits
  readonly whenFull?: 'throw' | 'wait'
  readonly queues?: QueueRoutes
  readonly runHere?: RunHere
  readonly tags?: Tags
}

export function makeClient(slot: number, options: ClientOptions = {}): TestClient {
  const { kind = 'http', onFinish, maxCrashes = 3, limits = NO_LIMITS, whenFull = 'throw' } = options
  const { queues, runHere, tags = NO_TAGS } = options
  const finished: FinishedTask[] = []
  const late: number[] = []
  const block = { first: nextBlock, last: nextBlock + 99_999 }
  nextBlock += 100_000
  const client = new TaskClient({
    sender: { kind, slot, workerId: slot },
    ids: new TaskIds({ block, reserve: block }, () => {}),
    tags,
    limits,
    whenFull,
    ...(queues !== undefined && { queues }),
    runHere,
    maxCrashes,
    onCrash: 'retry',
    onLate: (id) => late.push(id),
    onFinish: async (task) => {
      finished.push(task)
      await onFinish?.(task)
    },
  })
  const join = (server: TaskServer): ClientLine => {
    const [ours, theirs] = channelPair<ToTaskServer, FromTaskServer>()
    server.connect(theirs)
    client.connect(ours)
    return ours
  }
  return { client, finished, late, join }
}

/** One task server and one client that is connected to it. */
export async function house(lanes: number, work: Work): Promise<TestClient & { server: TaskServer }> {
  const server = await startTaskServer(lanes, work)
  const made = makeClient(0)
  made.join(server)
  return { ...made, server }
}

/** Lets everything that can happen without a timer happen. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Tasks that wait until the test lets them go. */
export class Gate {
  readonly entered: number[] = []
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>()

  async pass(id: number): Promise<void> {
    this.entered.push(id)
    const entry = Promise.withResolvers<void>()
    this.#waiting.set(id, entry)
    await entry.promise
  }

  open(id: number): void {
    this.#waiting.get(id)?.resolve()
    this.#waiting.delete(id)
  }

  openAll(): void {
    for (const id of this.#waiting.keys()) this.open(id)
  }
}
