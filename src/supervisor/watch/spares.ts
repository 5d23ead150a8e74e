/**
 * HTTP workers that are started before they are needed: when a file changes, nothing is left to load but the user's
 * code. A spare one waits for its boot message, as every worker does that has just been started.
 */
import type { ChildProcess } from 'node:child_process'
import type { ToChild } from '../../wire/messages.ts'
import type { Launch } from '../launch.ts'
import type { Place } from '../worker-handle.ts'

export interface SparesOptions {
  readonly start: (place: Place, launch: Launch) => ChildProcess
  /** Descriptor of the socket that a worker in this slot is started with. */
  readonly fd: (slot: number, launch: Launch) => number
  /** Options of Node that a worker is started with. */
  readonly execArgv: (launch: Launch) => readonly string[]
}

interface Spare {
  readonly child: ChildProcess
  /** What cannot be changed any more once a process has been started. */
  readonly terms: string
}

/** They cost as much memory as workers without an app. */
const MOST = 4
/** Milliseconds: first the browser that has waited for the reload gets the machine, and then one spare after the other. */
const PAUSE = 300

export class Spares implements Disposable {
  readonly #options: SparesOptions
  readonly #spares = new Map<number, Spare>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: SparesOptions) {
    this.#options = options
  }

  /** The spare process for a place, or a new one. */
  start(place: Place, launch: Launch): ChildProcess {
    // A reload needs the whole machine.
    if (place.role === 'http-worker') clearTimeout(this.#timer)
    return this.#take(place, launch) ?? this.#options.start(place, launch)
  }

  /** Makes those that are missing, by and by, from this slot on. */
  fill(launch: Launch, slot = 0): void {
    clearTimeout(this.#timer)
    // Modules that are loaded first of all would be in the spares as they are now.
    if (slot >= Math.min(launch.workers, MOST) || loadsEarly(launch)) return
    if (this.#spares.has(slot)) return this.fill(launch, slot + 1)
    this.#timer = setTimeout(() => {
      this.#make(slot, launch)
      this.fill(launch, slot + 1)
    }, PAUSE).unref()
  }

  /** Ends them all: a socket that is to be closed must not stay open in one of them. */
  clear(): void {
    clearTimeout(this.#timer)
    for (const { child } of this.#spares.values()) child.kill('SIGKILL')
    this.#spares.clear()
  }

  [Symbol.dispose](): void {
    this.clear()
  }

  #take({ role, slot }: Place, launch: Launch): ChildProcess | undefined {
    const spare = role === 'http-worker' ? this.#spares.get(slot) : undefined
    if (spare === undefined) return undefined
    this.#spares.delete(slot)
    if (spare.terms === this.#terms(slot, launch)) return spare.child
    spare.child.kill('SIGKILL')
    return undefined
  }

  #make(slot: number, launch: Launch): void {
    try {
      const terms = this.#terms(slot, launch)
      const { generation } = launch
      const child = this.#options.start({ role: 'http-worker', slot, generation }, launch)
      this.#spares.set(slot, { child, terms })
      // Its end is heard of, a message that does not reach it need not be.
      child.send({ type: 'warm-up' } satisfies ToChild, () => {})
      const gone = (): void => {
        if (this.#spares.get(slot)?.child === child) this.#spares.delete(slot)
      }
      child.once('exit', gone).once('error', gone)
    } catch {
      // A full process table, a socket that cannot be had: the worker that is really needed will say so.
    }
  }

  #terms(slot: number, launch: Launch): string {
    const { fd, execArgv } = this.#options
    return JSON.stringify([fd(slot, launch), execArgv(launch), launch.env])
  }
}

const EARLY = /(^|\s)(-r|--(import|require|loader|experimental-loader))\b/

function loadsEarly({ config, env }: Launch): boolean {
  return EARLY.test([...config.processes.execArgv, env['NODE_OPTIONS'] ?? ''].join(' '))
}
