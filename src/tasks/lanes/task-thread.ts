/**
 * One task worker thread, from its boot to its end: one Piscina of exactly one thread.
 *
 * Piscina's traps and what is done about them here: several threads would not start tasks in order, and
 * `close()` would lose running ones (so one thread, own queue, `destroy`); an uncloneable answer would kill the
 * thread and errors would lose name and code (so answers are bytes); `atomics: 'sync'` would freeze timers left
 * over by a task ('disabled'); an AbortSignal would make async tasks exclusive (aborts are runs of their own);
 * a dead thread would be replaced by one that has not booted (so its death is heard of before Piscina does).
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { Config } from '../../config/config.ts'
import { messageOf, TsrvError } from '../../errors.ts'
import type { WireError } from '../../wire/error-report.ts'
import { withDeadline } from '../../util/deadline.ts'
import { entryUrl } from '../../util/entry-url.ts'
import { youngBeside } from '../../util/heap-limits.ts'
import type {
  FromThread,
  ThreadAnswer,
  ThreadBoot,
  ThreadRun,
  ThreadTask,
  ToThread,
} from '../../wire/thread-messages.ts'
import { unpackError } from '../task-error.ts'
import { NO_TAGS } from '../../wire/tags.ts'
import { LaneDeath } from './lane.ts'
import { deathByError, deathByExit, deathByKill } from './thread-death.ts'
import type { ThreadTerms } from './thread-terms.ts'

export interface TaskThreadEvents {
  onMessage(message: FromThread): void
  /** The thread has died or was killed; what ran in it rejects right after. Never after `close`. */
  onDeath(death: LaneDeath): void
}

/** Whoever answers one thread, for as long as it lives. */
export interface ThreadPeer {
  receive(message: FromThread): void
  end(): void
}

export type ThreadBootData = Omit<ThreadBoot<Config>, 'port' | 'do'>

/** Environment variables; without them those of this process. */
export type ThreadEnv = Readonly<Record<string, string | undefined>>

export class TaskThread {
  readonly #pool: Piscina
  readonly #port: MessagePort
  /** In the thread's hands once it is told to boot. */
  readonly #farPort: MessagePort
  readonly #events: TaskThreadEvents
  readonly #terms: ThreadTerms
  #death: LaneDeath | undefined

  constructor(terms: ThreadTerms, env: ThreadEnv | undefined, events: TaskThreadEvents) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#farPort = port2
    this.#events = events
    this.#terms = terms
    this.#pool = new Piscina({
      filename: fileURLToPath(entryUrl('task-worker')),
      name: 'run',
      minThreads: 1,
      maxThreads: 1,
      // The lane counts; aborts must pass when it is full.
      concurrentTasksPerWorker: Infinity,
      idleTimeout: Infinity,
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: {
        maxOldGenerationSizeMb: terms.heapLimit,
        maxYoungGenerationSizeMb: youngBeside(terms.heapLimit),
      },
      // Each thread gets a copy: what a task writes into `process.env` ends with its thread.
      ...(env !== undefined && { env: { ...env } }),
    })
    // Without a listener an error of the thread would end this process; it is told of below.
    this.#pool.on('error', () => {})
    const [worker] = this.#pool.threads
    worker?.prependListener('error', (error) => this.#died(deathByError(error, terms.heapLimit)))
    worker?.prependListener('exit', (code) => this.#died(deathByExit(code)))
    this.#port.on('message', (message: FromThread) => events.onMessage(message))
  }

  /** Loads the user's modules; rejects with what is wrong with them, and leaves no thread behind then. */
  async boot(data: ThreadBootData, bootTimeout: number): Promise<void> {
    const run: ThreadBoot = { do: 'boot', ...data, port: this.#farPort }
    const name = `Task worker ${data.lane}`
    const late = (): Error => new TsrvError('BOOT_TIMEOUT', { process: name, seconds: bootTimeout / 1000 })
    try {
      const booted = this.#pool.run(run, { transferList: [this.#farPort] }) as Promise<ThreadAnswer>
      const answer = await withDeadline(booted, bootTimeout, late)
      if (!answer.ok) throw unpackError(answer.error, NO_TAGS)
    } catch (error) {
      const death = this.#death
      this.#receiveAll()
      await this.close()
      if (death === undefined) throw error
      throw new TsrvError('BOOT_FAILED', { process: name, reason: death.message }, { cause: death })
    }
  }

  /** @returns rejects only with a LaneDeath; all messages of the task have been received before it settles */
  async run(task: ThreadTask): Promise<ThreadAnswer> {
    try {
      const answer = (await this.#pool.run(task)) as ThreadAnswer
      this.#receiveAll()
      return answer
    } catch (error) {
      throw this.#death ?? new LaneDeath('crashed', messageOf(error), { cause: error })
    }
  }

  abort(id: number, reason: WireError): void {
    const run: ThreadRun = { do: 'abort', id, reason }
    // What is aborted in a dead thread has ended.
    this.#pool.run(run).catch(() => {})
  }

  post(message: ToThread): void {
    this.#port.postMessage(message)
  }

  /** Runs the thread's stop listeners and ends it; only when no task runs in it. */
  async retire(): Promise<void> {
    try {
      if (this.#death === undefined) {
        const stopped = this.#pool.run({ do: 'stop' } satisfies ThreadRun) as Promise<ThreadAnswer>
        await withDeadline(stopped, this.#terms.leaveTimeout, () => new Error('the stop took too long'))
      }
    } catch {
      // It ends either way; its death was told.
    }
    this.#receiveAll()
    await this.close()
  }

  /** Ends the thread at once, whatever it does, as if it had died by itself. */
  kill(): void {
    this.#died(deathByKill())
  }

  /** Ends the thread at once, whatever it does. */
  async close(): Promise<void> {
    this.#death ??= deathByKill()
    this.#port.close()
    await this.#pool.destroy()
  }

  #died(death: LaneDeath): void {
    if (this.#death !== undefined) return
    this.#death = death
    // Its last words: what it logged, how far its tasks came.
    this.#receiveAll()
    // Before the events, and not awaited: it never settles when the thread is ending already.
    void this.close()
    this.#events.onDeath(death)
  }

  /** Messages and answers take different ways: what was said before an answer must not be heard after it. */
  #receiveAll(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) return
      this.#events.onMessage(received.message as FromThread)
    }
  }
}
