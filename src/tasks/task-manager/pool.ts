/**
 * How many lanes a task manager has: the fewest always, one more for each task that finds none idle, up to the most;
 * those that have not been needed for a while end. The lanes are the task server's own, lent to it.
 */
import type { Lane } from '../lanes/lane.ts'
import type { MakeLane } from '../lanes/lanes.ts'
import type { TaskServer } from '../task-server/task-server.ts'

export interface PoolOptions {
  readonly tasks: Pick<TaskServer, 'setLanes' | 'lendLane'>
  readonly make: MakeLane
  readonly min: number
  readonly max: number
  /** Milliseconds. */
  readonly idleTimeout: number
  /** Tasks that wait for a lane now or run in one. */
  readonly demand: () => Promise<number>
  readonly onTrouble: (error: unknown) => void
}

interface Extra {
  readonly lane: Lane
  readonly giveBack: () => Promise<void>
}

export class Pool {
  readonly #options: PoolOptions
  readonly #extras: Extra[] = []
  #starting = 0
  #isLooking = false
  #mustLookAgain = false
  #shrink: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    await this.#options.tasks.setLanes(this.#options.min, this.#options.make)
  }

  /** Lanes that there are or that start. */
  get size(): number {
    return this.#options.min + this.#extras.length + this.#starting
  }

  /** Something has been sent, or has ended. */
  look(): void {
    if (this.#isStopped) return
    if (this.#isLooking) this.#mustLookAgain = true
    else void this.#look()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#shrink)
  }

  async #look(): Promise<void> {
    const { max, demand, onTrouble } = this.#options
    this.#isLooking = true
    try {
      do {
        this.#mustLookAgain = false
        const wanted = Math.min(max, await demand())
        while (this.size < wanted && !this.#isStopped) void this.#grow()
        if (this.size > wanted) this.#shrinkLater()
        else this.#needAll()
      } while (this.#mustLookAgain)
    } catch (error) {
      onTrouble(error)
    }
    this.#isLooking = false
  }

  async #grow(): Promise<void> {
    const { tasks, make, onTrouble } = this.#options
    let made: Lane | undefined
    this.#starting++
    try {
      const giveBack = await tasks.lendLane((number) => (made = make(number)))
      if (made !== undefined) this.#extras.push({ lane: made, giveBack })
    } catch (error) {
      onTrouble(error)
    }
    this.#starting--
    this.look()
  }

  #needAll(): void {
    clearTimeout(this.#shrink)
    this.#shrink = undefined
  }

  /** While fewer are needed than there are, one that is idle ends after each `idleTimeout`. */
  #shrinkLater(): void {
    if (this.#isStopped) return
    this.#shrink ??= setTimeout(() => {
      this.#shrink = undefined
      const index = this.#extras.findLastIndex(({ lane }) => lane.state !== 'busy')
      const [idle] = index === -1 ? [] : this.#extras.splice(index, 1)
      idle?.giveBack().catch(this.#options.onTrouble)
      if (this.#extras.length > 0) this.look()
    }, this.#options.idleTimeout)
    this.#shrink.unref()
  }
}
