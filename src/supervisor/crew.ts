/** The children that live now: started in places, watched through boot and life, found again by role. */
import type { ChildProcess } from 'node:child_process'
import { TsrvError } from '../errors.ts'
import type { IsServed, Orphan } from './orphans.ts'
import { Heartbeats, type HeartbeatsOptions } from './heartbeats.ts'
import { type Place, WorkerHandle, type WorkerEvents } from './worker-handle.ts'

export interface CrewOptions {
  readonly start: (place: Place) => ChildProcess
  /** Milliseconds for the boot of who stands there. */
  readonly bootTimeout: (place: Place) => number
  readonly now: () => number
  readonly events: WorkerEvents
  readonly heartbeats: Omit<HeartbeatsOptions, 'members'>
}

export class Crew {
  readonly #options: CrewOptions
  readonly #members = new Set<WorkerHandle>()
  readonly #waiting = new Set<() => void>()
  /** Slots that have had a ready worker, with its generation: before that nobody connects to their sockets. */
  readonly #opened = new Map<number, number>()
  readonly #heartbeats: Heartbeats

  constructor(options: CrewOptions) {
    this.#options = options
    this.#heartbeats = new Heartbeats({ ...options.heartbeats, members: () => this.members })
    this.#heartbeats.watch()
  }

  get members(): readonly WorkerHandle[] {
    return [...this.#members]
  }

  /** All but the services, which have no place in the plan. */
  get planned(): readonly WorkerHandle[] {
    return this.members.filter((member) => member.role !== 'service')
  }

  httpWorkers(): WorkerHandle[] {
    return this.members.filter((member) => member.role === 'http-worker')
  }

  taskServers(): WorkerHandle[] {
    return this.members.filter((member) => member.role === 'task-server')
  }

  /** Whether a worker of its own accepts the connections of this slot, of its sockets since that generation. */
  isServed(slot: number, since: number): boolean {
    const serves = ({ slot: at, generation, state, pulse }: WorkerHandle): boolean =>
      at === slot && generation >= since && state === 'ready' && pulse.blocked === undefined
    return (this.#opened.get(slot) ?? -1) < since || this.httpWorkers().some(serves)
  }

  /** Lets the ready HTTP workers accept from these sockets as well, and from no other but their own. */
  adopt(orphansFor: (worker: WorkerHandle, isServed: IsServed) => readonly Orphan[]): void {
    const isServed: IsServed = (slot, since) => this.isServed(slot, since)
    for (const worker of this.httpWorkers()) {
      if (worker.state === 'ready' && worker.pulse.blocked === undefined)
        worker.adopt(orphansFor(worker, isServed))
    }
  }

  spawn(place: Place): WorkerHandle {
    const { start, bootTimeout, now, events } = this.#options
    let timer: NodeJS.Timeout | undefined
    const worker = new WorkerHandle(start(place), place, now, {
      onReady: (one) => {
        clearTimeout(timer)
        if (one.role === 'http-worker') this.#opened.set(one.slot, one.generation)
        events.onReady(one)
      },
      onMessage: (one, message) =>
        message.type === 'beat' ? this.#heartbeats.heard(one, message.beat) : events.onMessage(one, message),
      onExit: (one, exit) => {
        clearTimeout(timer)
        this.#members.delete(one)
        for (const check of this.#waiting) check()
        events.onExit(one, exit)
      },
    })
    this.#members.add(worker)
    const within = bootTimeout(place)
    const late = (): Error => new TsrvError('BOOT_TIMEOUT', { process: worker.label, seconds: within / 1000 })
    timer = setTimeout(() => worker.failBoot(late()), within)
    return worker
  }

  /** Resolves when none of `leaving` lives any more. */
  async gone(leaving: readonly WorkerHandle[]): Promise<void> {
    const done = Promise.withResolvers<void>()
    const check = (): void => {
      if (!leaving.some((worker) => this.#members.has(worker))) done.resolve()
    }
    this.#waiting.add(check)
    check()
    await done.promise
    this.#waiting.delete(check)
  }

  killAll(): void {
    for (const worker of this.#members) worker.kill()
  }
}
