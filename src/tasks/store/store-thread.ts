/**
 * The inside of the store's thread: the only place that touches the database. While a transaction runs, calls gather at
 * the port; all of them go into the next one. Twin of `sqlite-store.ts`, its view from the task server.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { Fifo } from '../../util/fifo.ts'
import { errorToWire } from '../../wire/error-report.ts'
import type { CallName, StoreCall } from './calls.ts'
import { openDatabase } from './database.ts'
import { Delays } from './delays.ts'
import { type Asked, GroupRunner } from './group.ts'
import { HeldKeys } from './held-keys.ts'
import { logCalls } from './log-calls.ts'
import { prepareLog } from './log-sql.ts'
import { QueueBook } from './queue-book.ts'
import { claimCalls } from './queue-claims.ts'
import type { QueueContext } from './queue-context.ts'
import { endCalls } from './queue-ends.ts'
import { intakeCalls } from './queue-intake.ts'
import { prepareQueue } from './queue-sql.ts'
import { viewCalls } from './queue-views.ts'
import { scheduleCalls } from './schedule-calls.ts'
import type { FromStore, StoreBoot, ToStore } from './store-messages.ts'

/** Milliseconds without calls after which the log of the database is worked in. */
const IDLE = 50

/** Serves the port until it is told to close, then lets it go, so that the thread ends. */
export function serveStore(port: MessagePort, boot: StoreBoot): void {
  try {
    new StoreThread(port, boot).start()
  } catch (error) {
    port.postMessage({ type: 'failed', error: errorToWire(error) } satisfies FromStore)
    port.close()
  }
}

class StoreThread {
  readonly #port: MessagePort
  readonly #groupLimit: number
  readonly #db: DatabaseSync
  readonly #queue: QueueContext
  readonly #runner: GroupRunner
  readonly #asked = new Fifo<Asked>()
  readonly #idle: NodeJS.Timeout
  #isClosing = false

  constructor(port: MessagePort, { file, durability, groupLimit }: StoreBoot) {
    this.#port = port
    this.#groupLimit = groupLimit
    this.#db = openDatabase(file, durability)
    this.#queue = openQueue(this.#db)
    const { book, delays, times } = this.#queue
    const calls = {
      ...intakeCalls(this.#queue),
      ...claimCalls(this.#queue),
      ...endCalls(this.#queue),
      ...viewCalls(this.#queue),
      ...logCalls(this.#db, prepareLog(this.#db)),
      ...scheduleCalls(this.#db),
    }
    this.#runner = new GroupRunner({ db: this.#db, calls, times, kept: [book, delays] })
    this.#idle = setTimeout(() => this.#tidy(), IDLE).unref()
  }

  start(): void {
    this.#port.on('message', (message: ToStore) => {
      this.#receive(message)
      this.#work()
    })
    this.#post({ type: 'open', ...this.#nextWake() })
  }

  #receive(message: ToStore): void {
    switch (message.type) {
      case 'calls': {
        const { now, monotonic, calls } = message
        const times = { now, monotonic }
        for (const call of calls) this.#asked.push({ call, times })
        return
      }
      case 'close':
        this.#isClosing = true
        return
      default:
        message satisfies never
    }
  }

  #work(): void {
    for (;;) {
      const group = this.#gather()
      if (group.length === 0) break
      this.#answer(group)
    }
    if (this.#isClosing) this.#close()
    else this.#idle.refresh()
  }

  /** What has arrived by now, up to the limit. */
  #gather(): Asked[] {
    const group: Asked[] = []
    let size = 0
    while (size < this.#groupLimit) {
      const next = this.#asked.shift()
      if (next !== undefined) {
        group.push(next)
        size += sizeOf(next.call)
        continue
      }
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) break
      this.#receive(received.message as ToStore)
    }
    return group
  }

  #answer(group: readonly Asked[]): void {
    const answer = this.#runner.run(group)
    if ('fault' in answer) this.#post({ type: 'undone', count: group.length, fault: answer.fault })
    else this.#post({ type: 'done', ...answer, ...this.#nextWake() })
  }

  #nextWake(): { readonly nextWake?: number } {
    const { delays, times } = this.#queue
    const nextWake = delays.nextWake(times.now)
    return nextWake === undefined ? {} : { nextWake }
  }

  #tidy(): void {
    try {
      this.#queue.keys.expire(this.#queue.times.now)
      this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {
      // The disk is full, or worse: the next call will tell whoever asks.
    }
  }

  #close(): void {
    clearTimeout(this.#idle)
    // Moves the log of the database into it, so that a copy of the one file is a copy of all.
    this.#db.close()
    this.#port.close()
  }

  #post(message: FromStore): void {
    this.#port.postMessage(message)
  }
}

function openQueue(db: DatabaseSync): QueueContext {
  const sql = prepareQueue(db)
  const book = new QueueBook(sql)
  const times = { now: 0, monotonic: 0 }
  const [session] = sql.nextSession.get() as unknown as [number]
  return { sql, book, keys: new HeldKeys(sql), delays: new Delays(sql, book), times, session }
}

/** Calls about many tasks count for as many. */
function sizeOf(call: StoreCall): number {
  const [name, first] = call
  return BULK.has(name) && Array.isArray(first) ? Math.max(first.length, 1) : 1
}

const BULK: ReadonlySet<CallName> = new Set(['enqueue', 'create', 'forget', 'archive'])
