/**
 * One task worker thread, from its boot to its end: one Piscina of exactly one thread, given one run at a time.
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
import { withDeadline } from '../../util/deadline.ts'
import { entryUrl } from '../../util/entry-url.ts'
import type {
  FromThread,
  ThreadAnswer,
  ThreadBoot,
  ThreadRun,
  ThreadTask,
  ToThread,
} from '../../wire/messages.ts'
import { decodePayload } from '../../wire/payload.ts'
import { NO_TAGS } from '../../wire/tags.ts'

export interface TaskThreadEvents {
  onMessage(message: FromThread): void
  /** An error escaped the thread's code between tasks; its end follows. */
  onError(error: unknown): void
  /** The thread died by itself. */
  onDeath(): void
}

export type ThreadBootData = Omit<ThreadBoot, 'port' | 'do'>

export class TaskThread {
  readonly #pool: Piscina
  readonly #port: MessagePort
  /** In the thread's hands once it is told to boot. */
  readonly #farPort: MessagePort
  #isOpen = false

  constructor(events: TaskThreadEvents) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#farPort = port2
    this.#pool = new Piscina({
      filename: fileURLToPath(entryUrl('task-worker')),
      name: 'run',
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      atomics: 'disabled',
      recordTiming: false,
    })
    this.#port.on('message', (message: FromThread) => events.onMessage(message))
    this.#pool.on('error', (error) => events.onError(error))
    this.#pool.on('workerDestroy', () => {
      if (!this.#isOpen) return
      this.#isOpen = false
      events.onDeath()
    })
  }

  /** Loads the user's modules; rejects with what is wrong with them, and leaves no thread behind then. */
  async boot(data: ThreadBootData, bootTimeout: number): Promise<void> {
    const run: ThreadBoot = { do: 'boot', ...data, port: this.#farPort }
    const late = (): Error =>
      new TsrvError('BOOT_TIMEOUT', { process: `Task worker ${data.lane}`, seconds: bootTimeout / 1000 })
    try {
      const booted = this.#pool.run(run, { transferList: [this.#farPort] }) as Promise<ThreadAnswer>
      const answer = await withDeadline(booted, bootTimeout, late)
      if (!answer.ok) throw errorFromWire(decodePayload(answer.error, NO_TAGS) as WireError)
      this.#isOpen = true
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Rejects only when the thread dies under the task. */
  async run(task: ThreadTask): Promise<ThreadAnswer> {
    return (await this.#pool.run(task)) as ThreadAnswer
  }

  post(message: ToThread): void {
    this.#port.postMessage(message)
  }

  /** Runs the thread's stop listeners and ends it; only when no task runs in it. */
  async retire(): Promise<void> {
    if (this.#isOpen) await this.#pool.run({ do: 'stop' } satisfies ThreadRun).catch(() => {})
    await this.close()
  }

  /** Ends the thread at once, whatever it does. */
  async close(): Promise<void> {
    this.#isOpen = false
    this.#port.close()
    await this.#pool.destroy()
  }
}
