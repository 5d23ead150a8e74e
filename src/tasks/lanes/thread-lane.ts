/** A lane with a worker thread in it, which it replaces when the thread dies or new code is to be loaded. */
import type { WireError } from '../../errors.ts'
import { backoff } from '../../util/backoff.ts'
import type { FromThread, LaneState, ThreadAnswer, ThreadTask, ToThread } from '../../wire/messages.ts'
import type { Lane, LaneEvents } from './lane.ts'
import { TaskThread, type ThreadBootData } from './task-thread.ts'

export interface ThreadLaneOptions {
  readonly number: number
  /** Milliseconds a thread may take to load its modules. */
  readonly bootTimeout: number
  /** What a fresh thread is told first; asked anew for each one. */
  readonly boot: () => Promise<ThreadBootData>
  /** Serves one thread: its messages but those about the running task's progress. */
  readonly attach: (post: (message: ToThread) => void) => ThreadPeer
  /** The thread died while no task ran in it, or a new one could not be started; another is tried. */
  readonly onTrouble: (error: unknown, message: string) => void
}

/** Whoever answers one thread, for as long as it lives. */
export interface ThreadPeer {
  receive(message: FromThread): void
  end(): void
}

const RESTART = { first: 20, longest: 10_000 }

interface Seat {
  readonly thread: TaskThread
  readonly peer: ThreadPeer
}

export class ThreadLane implements Lane {
  readonly number: number
  readonly #options: ThreadLaneOptions
  #state: LaneState = 'starting'
  #seat: Seat | undefined
  /** Warm, and waiting for the task in the old thread to end. */
  #successor: Seat | undefined
  #events: LaneEvents | undefined
  #isStopped = false
  #isRetiring = false
  #failedRestarts = 0
  #restart: NodeJS.Timeout | undefined

  constructor(options: ThreadLaneOptions) {
    this.number = options.number
    this.#options = options
  }

  get state(): LaneState {
    return this.#state
  }

  async start(events: LaneEvents): Promise<void> {
    this.#events = events
    this.#state = 'starting'
    const seat = await this.#open()
    if (this.#isStopped) return this.#leave(seat)
    this.#seat = seat
    this.#failedRestarts = 0
    this.#becomeIdle()
  }

  async run(task: ThreadTask): Promise<ThreadAnswer> {
    const seat = this.#seat
    if (seat === undefined || this.#state !== 'idle') throw new Error(`lane ${this.number} is ${this.#state}`)
    this.#state = 'busy'
    try {
      const answer = await seat.thread.run(task)
      if (this.#seat === seat) this.#taskEnded()
      return answer
    } catch (error) {
      this.#threadDied(seat)
      throw error
    }
  }

  abort(id: number, reason: WireError): void {
    this.#seat?.thread.post({ type: 'abort', id, reason })
  }

  async replace(): Promise<void> {
    const successor = await this.#open()
    const superseded = this.#successor
    if (superseded !== undefined) void this.#leave(superseded)
    this.#successor = successor
    if (this.#isStopped) return this.#leave(successor)
    if (this.#state !== 'busy') this.#switch()
  }

  async retire(): Promise<void> {
    this.#isRetiring = true
    if (this.#state !== 'busy') await this.stop()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#restart)
    const seats = [this.#seat, this.#successor].filter((seat) => seat !== undefined)
    const isIdle = this.#state === 'idle'
    this.#state = 'dead'
    this.#seat = undefined
    this.#successor = undefined
    await Promise.all(seats.map((seat) => (isIdle ? this.#leave(seat) : this.#cut(seat))))
  }

  async #open(): Promise<Seat> {
    const { boot, bootTimeout, attach, onTrouble } = this.#options
    const thread = new TaskThread({
      onMessage: (message) => {
        if (message.type === 'progress') this.#events?.onProgress(message.id, message.progress)
        else seat.peer.receive(message)
      },
      onError: (error) => onTrouble(error, 'Task worker died between tasks'),
      onDeath: () => this.#threadDied(seat),
    })
    const seat: Seat = { thread, peer: attach((message) => thread.post(message)) }
    try {
      await thread.boot(await boot(), bootTimeout)
      return seat
    } catch (error) {
      seat.peer.end()
      throw error
    }
  }

  #taskEnded(): void {
    this.#state = 'idle'
    if (this.#successor !== undefined) this.#switch()
    else if (this.#isRetiring) void this.stop()
  }

  /** The new thread takes the seat; the old one, idle or dead, leaves. */
  #switch(): void {
    const old = this.#seat
    this.#seat = this.#successor
    this.#successor = undefined
    clearTimeout(this.#restart)
    if (old !== undefined) void this.#leave(old)
    this.#becomeIdle()
  }

  #becomeIdle(): void {
    this.#state = 'idle'
    this.#events?.onIdle()
  }

  #threadDied(seat: Seat): void {
    seat.peer.end()
    void seat.thread.close()
    if (this.#successor === seat) this.#successor = undefined
    if (this.#seat !== seat) return
    this.#seat = undefined
    this.#state = 'dead'
    if (this.#isStopped) return
    if (this.#successor !== undefined) this.#switch()
    else this.#scheduleRestart()
  }

  async #leave({ thread, peer }: Seat): Promise<void> {
    await thread.retire()
    peer.end()
  }

  async #cut({ thread, peer }: Seat): Promise<void> {
    peer.end()
    await thread.close()
  }

  #scheduleRestart(): void {
    const events = this.#events
    if (events === undefined || this.#isStopped) return
    const delay = this.#failedRestarts === 0 ? 0 : backoff(this.#failedRestarts, RESTART)
    this.#restart = setTimeout(() => {
      this.start(events).catch((error: unknown) => {
        this.#failedRestarts++
        this.#state = 'dead'
        this.#options.onTrouble(error, 'Task worker could not be restarted')
        this.#scheduleRestart()
      })
    }, delay)
  }
}
