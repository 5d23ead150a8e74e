/** A task server with function lanes and clients on memory lines: the task path without processes. */
import type { Logger } from '../../../src/server.ts'
import { MemoryBroker } from '../../../src/tasks/brokers/memory.ts'
import { TaskIds } from '../../../src/tasks/ids.ts'
import { type FinishedTask, TaskClient } from '../../../src/tasks/task-client.ts'
import { TaskServer } from '../../../src/tasks/task-server.ts'
import { type Channel, channelPair } from '../../../src/wire/channel.ts'
import type { FromTaskServer, Sender, ToTaskServer } from '../../../src/wire/messages.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'
import { FunctionLane, type Work } from './function-lane.ts'

export const SILENT: Logger = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
}

export async function startTaskServer(lanes: number, work: Work, maxCrashes = 3): Promise<TaskServer> {
  const server = new TaskServer({
    broker: new MemoryBroker(),
    log: SILENT,
    maxCrashes,
  })
  await server.setLanes(lanes, (number) => new FunctionLane(number, work))
  return server
}

let nextBlock = 1

export interface TestClient {
  readonly client: TaskClient
  /** Ends of tasks in the order this client heard of them. */
  readonly finished: FinishedTask[]
  /** Opens a line; dropping it is `line.close()`. */
  readonly join: (server: TaskServer) => ClientLine
}

export type ClientLine = Channel<ToTaskServer, FromTaskServer>

export interface ClientOptions {
  readonly kind?: Sender['kind']
  readonly onFinish?: (finished: FinishedTask) => Promise<void> | void
  readonly maxCrashes?: number
}

export function makeClient(slot: number, options: ClientOptions = {}): TestClient {
  const { kind = 'http', onFinish, maxCrashes = 3 } = options
  const finished: FinishedTask[] = []
  const block = { first: nextBlock, last: nextBlock + 99_999 }
  nextBlock += 100_000
  const client = new TaskClient({
    sender: { kind, slot, workerId: slot },
    ids: new TaskIds({ block, reserve: block }, () => {}),
    tags: NO_TAGS,
    maxCrashes,
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
  return { client, finished, join }
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
