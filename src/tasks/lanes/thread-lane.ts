/**
 * A lane with a worker thread in it: one Piscina of exactly one thread, given one run at a time.
 *
 * Piscina's traps and what is done about them here: several threads would not start tasks in order, and
 * `close()` would lose running ones (so one thread, own queue, `destroy`); an uncloneable answer would kill the
 * thread and errors would lose name and code (so answers are bytes); `atomics: 'sync'` would freeze timers left
 * over by a task ('disabled'); an AbortSignal would make async tasks exclusive (an own port carries aborts);
 * without an 'error' listener a late throw in the thread would end this process.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { errorFromWire, TsrvError, type WireError } from '../../errors.ts'
import { backoff } from '../../util/backoff.ts'
import { withDeadline } from '../../util/deadline.ts'
import { entryUrl } from '../../util/entry-url.ts'
import type {
  FromThread,
  LaneState,
  ThreadAnswer,
  ThreadBoot,
  ThreadRun,
  ThreadTask,
  ToThread,
} from '../../wire/messages.ts'
import { decodePayload } from '../../wire/payload.ts'
import { NO_TAGS } from '../../wire/tags.ts'
import type { Lane, LaneEvents } from './lane.ts'

export interface ThreadLaneOptions {
  readonly number: number
  /** Milliseconds a thread may take to load its modules. */
  readonly bootTimeout: number
  /** What a fresh thread is told first. */
  readonly boot: () => Promise<Omit<ThreadBoot, 'port' | 'do'>>
  /** Messages of the thread that are not about the running task; `reply` posts to this very thread. */
  readonly onMessage: (message: FromThread, reply: (message: ToThread) => void) => void
  /** The thread is gone; nothing posted to it arrives any more. */
  readonly onThreadEnd: () => void
  /** The thread died while no task ran in it, or a new one could not be started; another is tried. */
  readonly onTrouble: (error: unknown, message: string) => void
}

const RESTART = { first: 20, longest: 10_000 }

export class ThreadLane implements Lane {
  readonly number: number
  readonly #options: ThreadLaneOptions
  #state: LaneState = 'starting'
  #pool: Piscina | undefined
  #port: MessagePort | undefined
  #events: LaneEvents | undefined
  #isStopped = false
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
    await this.#openThread()
  }

  async run(task: ThreadTask): Promise<ThreadAnswer> {
    const pool = this.#pool
    if (pool === undefined || this.#state !== 'idle') throw new Error(`lane ${this.number} is ${this.#state}`)
    this.#state = 'busy'
    try {
      const answer = (await pool.run(task)) as ThreadAnswer
      if (this.#pool === pool) this.#state = 'idle'
      return answer
    } catch (error) {
      this.#threadDied(pool)
      throw error
    }
  }

  abort(id: number, reason: WireError): void {
    this.#post({ type: 'abort', id, reason })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#restart)
    const pool = this.#pool
    if (pool === undefined) return
    if (this.#state === 'idle') await pool.run({ do: 'stop' } satisfies ThreadRun).catch(() => {})
    this.#closeThread()
    await pool.destroy()
  }

  async #openThread(): Promise<void> {
    this.#state = 'starting'
    const boot = await this.#options.boot()
    if (this.#isStopped) return
    const { port1: port, port2 } = new MessageChannel()
    const pool = onePiscina()
    this.#pool = pool
    this.#port = port
    pool.on('error', (error) => this.#options.onTrouble(error, 'Task worker died between tasks'))
    pool.on('workerDestroy', () => this.#threadDied(pool))
    port.on('message', (message: FromThread) => this.#receive(message, port))
    try {
      await this.#boot(pool, { do: 'boot', ...boot, port: port2 })
    } catch (error) {
      this.#closeThread()
      await pool.destroy()
      throw error
    }
    this.#failedRestarts = 0
    this.#state = 'idle'
    this.#events?.onIdle()
  }

  async #boot(pool: Piscina, run: ThreadBoot): Promise<void> {
    const { bootTimeout } = this.#options
    const process = `Task worker ${run.lane}`
    const booted = pool.run(run, { transferList: [run.port] }) as Promise<ThreadAnswer>
    const late = (): Error => new TsrvError('BOOT_TIMEOUT', { process, seconds: bootTimeout / 1000 })
    const answer = await withDeadline(booted, bootTimeout, late)
    if (!answer.ok) throw errorFromWire(decodePayload(answer.error, NO_TAGS) as WireError)
  }

  #receive(message: FromThread, port: MessagePort): void {
    if (message.type === 'progress') this.#events?.onProgress(message.id, message.progress)
    else this.#options.onMessage(message, (reply) => port.postMessage(reply))
  }

  #post(message: ToThread): void {
    this.#port?.postMessage(message)
  }

  #closeThread(): void {
    this.#state = 'dead'
    this.#pool = undefined
    this.#port?.close()
    this.#port = undefined
    this.#options.onThreadEnd()
  }

  #threadDied(pool: Piscina): void {
    // A thread that dies at boot is the business of #openThread.
    if (this.#pool !== pool || this.#state === 'starting') return
    this.#closeThread()
    void pool.destroy()
    if (!this.#isStopped) this.#scheduleRestart()
  }

  #scheduleRestart(): void {
    const delay = this.#failedRestarts === 0 ? 0 : backoff(this.#failedRestarts, RESTART)
    this.#restart = setTimeout(() => {
      this.#openThread().catch((error: unknown) => {
        this.#failedRestarts++
        this.#options.onTrouble(error, 'Task worker could not be restarted')
        if (!this.#isStopped) this.#scheduleRestart()
      })
    }, delay)
  }
}

function onePiscina(): Piscina {
  return new Piscina({
    filename: fileURLToPath(entryUrl('task-worker')),
    name: 'run',
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Infinity,
    atomics: 'disabled',
    recordTiming: false,
  })
}
