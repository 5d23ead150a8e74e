/**
 * A lane with a worker thread in it, which it replaces when the thread dies, is stuck or has run its share of tasks,
 * and when new code is to be loaded. New tasks go to the newest thread; older ones leave once they are empty, and
 * what still runs in them counts towards the lane's capacity.
 */
import { backoff } from '../../util/backoff.ts'
import { availableMemory } from '../../util/memory-limit.ts'
import type { WireError } from '../../wire/error-report.ts'
import type { LaneState } from '../../wire/messages.ts'
import type { ThreadAnswer, ThreadTask, ToThread } from '../../wire/thread-messages.ts'
import type { Lane, LaneDeath, LaneEvents } from './lane.ts'
import { Seat } from './seat.ts'
import { TaskThread, type ThreadBootData, type ThreadEnv, type ThreadPeer } from './task-thread.ts'
import { threadTerms } from './thread-terms.ts'

export interface ThreadLaneOptions {
  readonly number: number
  /** Milliseconds a thread may take to load its modules. */
  readonly bootTimeout: number
  /** What a fresh thread is told first; asked anew for each one, and its config sets the terms of the thread. */
  readonly boot: () => Promise<ThreadBootData>
  /** How many lanes share the memory. */
  readonly lanes: () => number
  /** Environment of a fresh thread; without it that of this process. */
  readonly env?: () => ThreadEnv
  /** Serves one thread: its messages but those about the running tasks' progress. */
  readonly attach: (post: (message: ToThread) => void) => ThreadPeer
  /** The thread died while no task ran in it, or a new one could not be started; another is tried. */
  readonly onTrouble: (error: unknown, message: string) => void
}

const RESTART = { first: 20, longest: 10_000 }

export class ThreadLane implements Lane {
  readonly number: number
  readonly #options: ThreadLaneOptions
  /** Takes the tasks. */
  #seat: Seat | undefined
  /** Older ones, until they are empty. */
  readonly #leaving = new Set<Seat>()
  readonly #booting = new Set<TaskThread>()
  /** Threads are numbered in the order they were asked for; one that is late must not displace a newer one. */
  #asked = 0
  #newest = 0
  #events: LaneEvents | undefined
  #isRetiring = false
  #stopped: Promise<void> | undefined
  readonly #empty = Promise.withResolvers<void>()
  /** A thread is on its way, or will be after a pause. */
  #isRenewing = false
  #pause: NodeJS.Timeout | undefined
  /** Deaths without a task to blame and failed boots, in a row. */
  #failures = 0

  constructor(options: ThreadLaneOptions) {
    this.number = options.number
    this.#options = options
  }

  get state(): LaneState {
    if (this.#stopped !== undefined) return 'dead'
    if (this.#running > 0) return 'busy'
    if (this.#seat !== undefined) return 'idle'
    return this.#booting.size > 0 ? 'starting' : 'dead'
  }

  get room(): number {
    const seat = this.#seat
    if (seat === undefined || this.#isRetiring || this.#stopped !== undefined) return 0
    return Math.max(0, Math.min(seat.capacity - this.#running, seat.left))
  }

  async start(events: LaneEvents): Promise<void> {
    this.#events = events
    await this.#open()
  }

  async run(task: ThreadTask): Promise<ThreadAnswer> {
    const seat = this.#seat
    if (seat === undefined || this.room === 0) throw new Error(`lane ${this.number} has no room`)
    const answer = seat.run(task)
    if (seat.isOld) this.#renew()
    try {
      const answered = await answer
      this.#failures = 0
      return answered
    } finally {
      this.#taskEnded(seat)
    }
  }

  abort(id: number, reason: WireError): void {
    this.#seatOf(id)?.thread.abort(id, reason)
  }

  kill(id: number): void {
    this.#seatOf(id)?.thread.kill()
  }

  async replace(): Promise<void> {
    await this.#open()
  }

  async retire(): Promise<void> {
    this.#isRetiring = true
    if (this.#running > 0) await this.#empty.promise
    await this.stop()
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end()
    return this.#stopped
  }

  get #running(): number {
    let running = this.#seat?.running ?? 0
    for (const seat of this.#leaving) running += seat.running
    return running
  }

  #seats(): Seat[] {
    return this.#seat === undefined ? [...this.#leaving] : [this.#seat, ...this.#leaving]
  }

  #seatOf(id: number): Seat | undefined {
    return this.#seats().find((seat) => seat.runs(id))
  }

  /** Starts a thread, which takes the seat when it is warm. */
  async #open(): Promise<void> {
    const { boot, bootTimeout, lanes, env, attach } = this.#options
    const number = ++this.#asked
    const data = await boot()
    if (this.#stopped !== undefined) return
    const machine = { memory: availableMemory(), lanes: lanes() }
    const terms = threadTerms(data.config, machine, Math.random())
    const thread = new TaskThread(terms, env?.(), {
      onMessage: (message) => {
        if (message.type === 'progress') this.#events?.onProgress(message.id, message.progress)
        else peer.receive(message)
      },
      onDeath: (death) => this.#died(seat, death),
    })
    const peer = attach((message) => thread.post(message))
    const seat = new Seat(thread, peer, terms)
    this.#booting.add(thread)
    try {
      await thread.boot(data, bootTimeout)
    } catch (error) {
      seat.died()
      // A boot that the stop interrupted has not failed.
      if (this.#stopped === undefined) throw error
      return
    } finally {
      this.#booting.delete(thread)
    }
    this.#take(seat, number)
  }

  #take(seat: Seat, number: number): void {
    if (this.#stopped !== undefined || number < this.#newest) return void seat.leave()
    const old = this.#seat
    this.#newest = number
    this.#seat = seat
    if (old !== undefined) {
      this.#leaving.add(old)
      this.#letGo(old)
    }
    this.#offer()
  }

  /** Old threads leave when they are empty. */
  #letGo(seat: Seat): void {
    if (seat.running === 0 && this.#leaving.delete(seat)) void seat.leave()
  }

  #taskEnded(seat: Seat): void {
    this.#letGo(seat)
    if (this.#isRetiring && this.#running === 0) this.#empty.resolve()
  }

  #offer(): void {
    if (this.room > 0) this.#events?.onRoom()
  }

  #died(seat: Seat, death: LaneDeath): void {
    const isBlameless = seat.running === 0
    seat.died()
    this.#leaving.delete(seat)
    if (isBlameless && this.#seat === seat) {
      this.#failures++
      this.#options.onTrouble(death.cause ?? death, 'Task worker died between tasks')
    }
    if (this.#seat === seat) {
      this.#seat = undefined
      this.#renew()
    } else {
      this.#offer()
    }
  }

  /** Gets a fresh thread: at once, or after a pause when the last ones failed. */
  #renew(): void {
    if (this.#isRenewing || this.#isRetiring || this.#stopped !== undefined) return
    this.#isRenewing = true
    const pause = this.#failures < 2 ? 0 : backoff(this.#failures - 1, RESTART)
    this.#pause = setTimeout(() => void this.#renewNow(), pause)
  }

  async #renewNow(): Promise<void> {
    let isRenewed = false
    try {
      await this.#open()
      isRenewed = true
    } catch (error) {
      this.#failures++
      this.#options.onTrouble(error, 'Task worker could not be restarted')
    }
    this.#isRenewing = false
    if (this.#seat === undefined) return this.#renew()
    if (isRenewed) return
    // The old thread is better than none.
    this.#seat.renewLease()
    this.#offer()
  }

  async #end(): Promise<void> {
    clearTimeout(this.#pause)
    const seats = this.#seats()
    this.#seat = undefined
    this.#leaving.clear()
    await Promise.all([
      ...seats.map((seat) => seat.leave()),
      ...[...this.#booting].map((thread) => thread.close()),
    ])
  }
}
