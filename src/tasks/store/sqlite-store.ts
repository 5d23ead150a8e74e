/**
 * Queue and task log in one SQLite file, as the task server sees them; the file itself is the business of a thread of
 * its own (`store-thread.ts`), because a commit takes up to 10 ms. One process owns the file.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { TsrvError } from '../../errors.ts'
import { Alarm } from '../../util/alarm.ts'
import { errorFromWire } from '../../wire/error-report.ts'
import type { Broker } from '../broker.ts'
import { SqliteBroker } from '../brokers/sqlite.ts'
import { type ScheduleStore, SqliteScheduleStore } from '../schedules/schedule-store.ts'
import type { TaskLog } from '../task-log.ts'
import { SqliteTaskLog } from '../task-log/sqlite.ts'
import type { Durability } from './database.ts'
import { type StartHost, startThread, type StoreHost } from './store-host.ts'
import { type StoreClock, StoreLine } from './store-line.ts'
import { StorePart } from './store-part.ts'
import type { FromStore, ToStore } from './store-messages.ts'

/** More calls in one transaction gain nothing and make the first of them wait. */
const GROUP_LIMIT = 2000

/** Milliseconds until delayed tasks are looked at again after the store could not do it. */
const TRY_AGAIN = 1000

const CLOCK: StoreClock = { now: Date.now, monotonic: () => performance.now() }

export interface SqliteStoreOptions {
  /** `process` survives the end of any process, `power` that of the machine too, at the price of a disk sync per group. */
  readonly durability: Durability
  /** For tests. */
  readonly clock?: StoreClock
  /** The most calls of one transaction. Default 2000. */
  readonly groupLimit?: number
  /** For tests. */
  readonly startHost?: StartHost
}

export class SqliteStore {
  readonly log: TaskLog
  readonly schedules: ScheduleStore
  /**
   * Resolves with the reason when the store cannot go on: its thread has died, or the file is damaged. What the last
   * transaction did is not known then. All calls are rejected, and the task server should end: its successor opens the
   * file and takes over what stands in it, with every check and with every claim of this process given up.
   */
  readonly lost: Promise<TsrvError<'BROKER_LOST'>>

  readonly #file: string
  readonly #host: StoreHost
  readonly #line: StoreLine
  readonly #alarm: Alarm
  readonly #broker: SqliteBroker
  readonly #lost = Promise.withResolvers<TsrvError<'BROKER_LOST'>>()
  readonly #opened = Promise.withResolvers<void>()
  readonly #closed = Promise.withResolvers<void>()
  readonly #port: MessagePort
  #isClosing = false

  /**
   * @throws TsrvError TSRV_STORE_LOCKED, TSRV_STORE_TOO_NEW, TSRV_STORE_INVALID, TSRV_STORE_UNUSABLE
   *
   * @example
   * await using store = await SqliteStore.open('.tsrv/tasks.db', { durability: 'process' })
   * await store.broker.enqueue([{ task, attempt: 0, crashes: 0 }])
   */
  static async open(file: string, options: SqliteStoreOptions): Promise<SqliteStore> {
    const store = new SqliteStore(file, options)
    await store.#opened.promise
    return store
  }

  private constructor(file: string, options: SqliteStoreOptions) {
    const { durability, clock = CLOCK, groupLimit = GROUP_LIMIT, startHost = startThread } = options
    const { port1: port, port2 } = new MessageChannel()
    this.#file = file
    this.lost = this.#lost.promise
    this.#alarm = new Alarm(() => void this.#ring(), clock.now)
    this.#line = new StoreLine({
      port,
      file,
      clock,
      onWake: (at) => this.#alarm.set(at),
      onDamage: (reason) => this.#lose(reason),
    })
    this.#port = port
    this.#broker = new SqliteBroker(new StorePart(this.#line, file))
    this.log = new SqliteTaskLog(new StorePart(this.#line, file))
    this.schedules = new SqliteScheduleStore(new StorePart(this.#line, file))
    port.on('message', (message: FromStore) => this.#receive(message))
    this.#host = startHost(
      port2,
      { file, durability, groupLimit },
      { onError: (error) => this.#lose(error.message), onExit: (status) => this.#exit(status) },
    )
  }

  get broker(): Broker {
    return this.#broker
  }

  /** Resolves when nothing of it runs any more. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Does what was asked before, then lets go of the file. */
  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true
      this.#alarm.stop()
      this.#line.flush()
      this.#line.end(this.#endError('it has been closed'))
      this.#port.postMessage({ type: 'close' } satisfies ToStore)
    }
    await this.#closed.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #receive(message: FromStore): void {
    switch (message.type) {
      case 'open':
        if (message.nextWake !== undefined) this.#alarm.set(message.nextWake)
        return this.#opened.resolve()
      case 'failed':
        return this.#opened.reject(errorFromWire(message.error))
      case 'done':
      case 'undone':
        return this.#line.receive(message)
      default:
        message satisfies never
    }
  }

  /** A delay or a pause is over. */
  async #ring(): Promise<void> {
    try {
      await this.#line.call('advance')
    } catch {
      if (!this.#isClosing) this.#alarm.set(this.#line.clock.now() + TRY_AGAIN)
    }
    this.#broker.wake()
  }

  #exit(code: number): void {
    // Its last words may still be on their way.
    for (let last; (last = receiveMessageOnPort(this.#port)) !== undefined;) {
      this.#receive(last.message as FromStore)
    }
    if (!this.#isClosing) this.#lose(`its thread ended with status ${code}`)
    this.#line.break(this.#endError('it has been closed'))
    this.#closed.resolve()
  }

  #lose(reason: string): void {
    const error = this.#endError(reason)
    this.#isClosing = true
    this.#alarm.stop()
    this.#opened.reject(error)
    this.#line.break(error)
    this.#lost.resolve(error)
    this.#host.terminate()
  }

  #endError(reason: string): TsrvError<'BROKER_LOST'> {
    return new TsrvError('BROKER_LOST', { broker: 'sqlite', place: this.#file, reason })
  }
}
