/**
 * One HTTP worker leads: it runs what must run once per server. The token goes to a ready worker only, and to
 * the next one only when its holder has left.
 */
import type { WorkerDeath } from '../wire/messages.ts'
import type { WorkerExit, WorkerHandle } from './worker-handle.ts'

export interface LeadershipOptions {
  /** Milliseconds that the start listeners of a leader may take. */
  readonly within: () => number
  /** They have not ended in this time. The leader stays the leader. */
  readonly onLate: (leader: WorkerHandle, within: number) => void
}

export class Leadership {
  readonly #options: LeadershipOptions
  #leader: WorkerHandle | undefined
  #deadline: NodeJS.Timeout | undefined
  /** The leader has run its start listeners. */
  #isConfirmed = false
  #isFirst = true
  #untold: WorkerDeath[] = []
  #isReloadUntold = false

  constructor(options: LeadershipOptions) {
    this.#options = options
  }

  get leader(): WorkerHandle | undefined {
    return this.#leader
  }

  get isConfirmed(): boolean {
    return this.#isConfirmed
  }

  /** Grants the token if nobody holds it, to a ready worker that stays, of the newest code, of the lowest slot. */
  grant(workers: readonly WorkerHandle[]): void {
    if (this.#leader !== undefined) return
    const ready = workers.filter((worker) => worker.state === 'ready')
    const [leader] = ready.sort(inOrderOfSuccession)
    if (leader === undefined) return
    this.#leader = leader
    const within = this.#options.within()
    this.#deadline = setTimeout(() => this.#options.onLate(leader, within), within)
    leader.send({ type: 'lead', first: this.#isFirst })
  }

  /** ServerStartEvent belongs to the first leader whose listeners got through it. */
  confirm(worker: WorkerHandle): void {
    if (worker !== this.#leader) return
    clearTimeout(this.#deadline)
    this.#isConfirmed = true
    this.#isFirst = false
    for (const death of this.#untold.splice(0)) this.tell(death)
    if (this.#isReloadUntold) this.afterReload()
  }

  /** Tells the leader that a reload is over; while the old one still hands over, the next one. */
  afterReload(): void {
    this.#isReloadUntold = !this.#isConfirmed || this.#leader?.state !== 'ready'
    if (!this.#isReloadUntold) this.#leader?.send({ type: 'reload-event', when: 'after' })
  }

  /** Tells the leader of a death; that of the leader itself is kept for the next one. */
  tell(death: WorkerDeath): void {
    if (this.#isConfirmed) this.#leader?.send({ type: 'worker-error', death })
    else this.#untold = [...this.#untold, death].slice(-MOST_UNTOLD)
  }

  release(worker: WorkerHandle): void {
    if (worker !== this.#leader) return
    clearTimeout(this.#deadline)
    this.#leader = undefined
    this.#isConfirmed = false
  }
}

/** One that waits for its successor would lead for a moment only. */
function inOrderOfSuccession(a: WorkerHandle, b: WorkerHandle): number {
  return Number(a.isRetiring) - Number(b.isRetiring) || b.generation - a.generation || a.slot - b.slot
}

/** What the leader is told; the task server counts as the worker after the HTTP workers. */
export function deathOf(
  { role, slot, pid }: WorkerHandle,
  { code, signal }: WorkerExit,
  workers: number,
): WorkerDeath {
  const of = role === 'http-worker' ? { role: 'http', workerId: slot } : { role: 'tasks', workerId: workers }
  return { ...of, pid, exitCode: code, signal } as WorkerDeath
}

/** While nobody leads, only the latest deaths are kept. */
const MOST_UNTOLD = 100
