/** Answers questions about queues, pauses and resumes them (`tsrv queue`). */
import type { QueueSetting } from '../../config/queue-kinds.ts'
import { TsrvError } from '../../errors.ts'
import type { ListedQueue, QueueListing } from '../../wire/task-questions.ts'
import type { Broker, QueueState } from '../broker.ts'
import type { SelectorName } from '../task-server/selector.ts'
import { DEFAULT_QUEUE } from '../task.ts'
import type { TaskServer } from '../task-server/task-server.ts'

interface QueueListingTerms {
  readonly broker: Pick<Broker, 'name' | 'queues'>
  /** Asked each time, because a reload may change them. */
  readonly terms: () => { readonly selector: SelectorName; readonly queues: readonly QueueSetting[] }
}

export interface QueueOfficeOptions extends QueueListingTerms {
  readonly broker: Pick<Broker, 'name' | 'initialise' | 'queues' | 'resume'>
  readonly tasks: Pick<TaskServer, 'pauseQueue'>
}

export class QueueOffice {
  readonly #options: QueueOfficeOptions

  constructor(options: QueueOfficeOptions) {
    this.#options = options
  }

  list(): Promise<QueueListing> {
    return listQueues(this.#options)
  }

  /**
   * Nothing of it starts from now on, for so many milliseconds or until it is resumed; what runs goes on.
   *
   * @throws TsrvError TSRV_QUEUE_UNKNOWN, TSRV_QUEUE_SYNC
   */
  async pause(queue: string, within = Infinity): Promise<QueueListing> {
    await this.requireWaiting(queue, 'tsrv queue pause')
    await this.#options.tasks.pauseQueue(queue, Date.now() + within)
    return this.list()
  }

  /** @throws TsrvError TSRV_QUEUE_UNKNOWN */
  async resume(queue: string): Promise<QueueListing> {
    await this.#require(queue, 'tsrv queue resume')
    await this.#options.broker.resume(queue)
    return this.list()
  }

  /** Makes what the broker keeps its queues in; done at every start, and again whenever it is asked for. */
  async initialise(): Promise<QueueListing> {
    await this.#options.broker.initialise()
    return this.list()
  }

  /**
   * A queue in which tasks wait.
   *
   * @param by who asks, for the error
   * @throws TsrvError TSRV_QUEUE_UNKNOWN, TSRV_QUEUE_SYNC
   */
  async requireWaiting(queue: string, by: string): Promise<void> {
    const { sync } = await this.#require(queue, by)
    if (sync) throw new TsrvError('QUEUE_SYNC', { queue, by })
  }

  async #require(queue: string, by: string): Promise<ListedQueue> {
    const { queues } = await this.list()
    const found = queues.find(({ name }) => name === queue)
    if (found !== undefined) return found
    throw new TsrvError('QUEUE_UNKNOWN', { queue, by, known: queues.map(({ name }) => name).join(', ') })
  }
}

/** Those of the configuration, then those in which something is left though it does not name them any more. */
export async function listQueues({ broker, terms }: QueueListingTerms): Promise<QueueListing> {
  const { selector, queues } = terms()
  const states = new Map((await broker.queues()).map((state) => [state.name, state]))
  const configured = queues.map(({ name, weight, sync }) => listed(name, states.get(name), { weight, sync }))
  const first = queues.some(({ name }) => name === DEFAULT_QUEUE)
    ? []
    : [listed(DEFAULT_QUEUE, states.get(DEFAULT_QUEUE), { weight: 1, sync: false })]
  const known = new Set([DEFAULT_QUEUE, ...queues.map(({ name }) => name)])
  const others = [...states.values()].filter((state) => !known.has(state.name) && holdsAnything(state))
  const former = others.map((state) => listed(state.name, state, { weight: 1, sync: false, former: true }))
  return { broker: broker.name, selector, queues: [...first, ...configured, ...former] }
}

type Terms = Pick<ListedQueue, 'weight' | 'sync'> & { readonly former?: true }

function listed(name: string, state: QueueState | undefined, terms: Terms): ListedQueue {
  const { ready = 0, delayed = 0, running = 0, dead = 0, oldestReady = 0, pausedUntil } = state ?? {}
  return {
    name,
    ...terms,
    ready,
    delayed,
    running,
    dead,
    oldestReady,
    isPaused: pausedUntil !== undefined,
    ...(pausedUntil !== undefined && pausedUntil !== Infinity && { pausedUntil }),
  }
}

function holdsAnything({ ready, delayed, running, dead, pausedUntil }: QueueState): boolean {
  return ready + delayed + running + dead > 0 || pausedUntil !== undefined
}
