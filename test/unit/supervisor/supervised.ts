/** A supervisor over fake children, on mock timers. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rmSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import type { Logger } from '../../../src/server.ts'
import { IdBlocks } from '../../../src/control/id-blocks.ts'
import type { Relief } from '../../../src/supervisor/shutdown.ts'
import type { SocketHandle } from '../../../src/supervisor/bind.ts'
import type { SupervisorStatus } from '../../../src/supervisor/status.ts'
import { Supervisor } from '../../../src/supervisor/supervisor.ts'
import { NO_NOTE } from '../../../src/wire/heartbeat.ts'
import type { Place, WorkerHandle } from '../../../src/supervisor/worker-handle.ts'
import { FakeChild } from './fake-child.ts'

export interface SupervisedOptions {
  readonly workers?: number
  readonly taskWorkers?: number
  readonly processes?: Partial<Config['processes']>
  readonly services?: Config['services']
  readonly watch?: boolean
  readonly relief?: () => Relief
  readonly leavesSockets?: boolean
  readonly now?: () => number
}

export class Supervised {
  readonly supervisor: Supervisor
  readonly started: { readonly place: Place; readonly child: FakeChild }[] = []
  readonly errors: string[] = []
  /** Fields of what was logged. */
  readonly records: Record<string, unknown>[] = []
  readonly config: Config
  readonly dir = mkdtempSync(path.join(tmpdir(), 'tsrv-supervised-'))
  /** As many starts fail with this. */
  readonly startFailures: Error[] = []
  readonly sizes: number[] = []
  /** All sockets there are, by slot. */
  readonly sockets = new Map<number, SocketHandle>()
  /** What the first worker was told last when no connection was to be taken any more. */
  readonly drains: string[] = []
  recorded: readonly WorkerHandle[] = []
  recordFailure: Error | undefined
  readonly #t: TestContext

  constructor(
    t: TestContext,
    {
      workers = 2,
      taskWorkers = 0,
      processes = {},
      services = [],
      watch = false,
      relief,
      leavesSockets = false,
      now = () => Date.now(),
    }: SupervisedOptions = {},
  ) {
    this.#t = t
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    t.after(() => rmSync(this.dir, { recursive: true, force: true }))
    const config = {
      processes: {
        bootTimeout: 1000,
        maxWaitTime: 3000,
        shutdownDelay: 0,
        maxRestarts: 2,
        workerTimeout: 0,
        restartWindow: 60_000,
        ...processes,
      },
      services,
      http: { keepAliveTimeout: 5000 },
    } as Config
    this.config = config
    const note = (fields: object, message = ''): void => {
      this.records.push(fields as Record<string, unknown>)
      this.errors.push(message)
    }
    const info = (fields: object, message = ''): void => {
      this.records.push({ ...fields, message })
    }
    this.supervisor = new Supervisor({
      launch: { config, workers, taskWorkers, env: {}, generation: 1 },
      onResize: (workers) => this.sizes.push(workers),
      orphans: (worker, isServed) =>
        [...this.sockets]
          .filter(([slot]) => slot !== worker.slot && !isServed(slot, 1))
          .map(([slot, socket]) => ({ socket, key: `1/${slot}` })),
      requestsOf: () => NO_NOTE,
      ids: new IdBlocks(path.join(this.dir, 'ids.json')),
      tasksSocket: 'tasks.sock',
      watch,
      now,
      socketPath: () => undefined,
      leavesSockets,
      ...(relief !== undefined && { relief }),
      log: { error: note, warn: info, info, debug: () => {} } as unknown as Logger,
      start: (place) => this.#start(place),
      onDrain: () => this.drains.push(this.started[0]?.child.orders.at(-1) ?? ''),
      onCrewChange: (members) => {
        if (this.recordFailure !== undefined) throw this.recordFailure
        this.recorded = members
      },
    })
  }

  /** Starts it, with all children ready and a confirmed leader. */
  static async ready(t: TestContext, options?: SupervisedOptions): Promise<Supervised> {
    const supervised = new Supervised(t, options)
    const isReady = supervised.supervisor.start()
    for (const { child } of supervised.started) child.ready()
    supervised.http(0).says({ type: 'led' })
    await isReady
    return supervised
  }

  /** The latest child in that place. */
  http(slot: number): FakeChild {
    return this.#latest((place) => place.role === 'http-worker' && place.slot === slot)
  }

  tasks(): FakeChild {
    return this.#latest((place) => place.role === 'task-server')
  }

  count(slot: number): number {
    return this.started.filter(({ place }) => place.role === 'http-worker' && place.slot === slot).length
  }

  async status(): Promise<SupervisorStatus> {
    const asked = this.supervisor.status()
    this.tick(500)
    return asked
  }

  /** `http 0 ready, http 1 waiting, …` */
  async states(): Promise<string> {
    const { workers } = await this.status()
    return workers.map(({ role, slot, state }) => `${role} ${slot} ${state}`).join(', ')
  }

  tick(ms: number): void {
    this.#t.mock.timers.tick(ms)
  }

  #start(place: Place): ReturnType<() => FakeChild['process']> {
    const failure = this.startFailures.pop()
    if (failure !== undefined) throw failure
    const child = new FakeChild()
    this.started.push({ place, child })
    return child.process
  }

  #latest(matches: (place: Place) => boolean): FakeChild {
    const found = this.started.findLast(({ place }) => matches(place))
    assert.ok(found, 'no child was ever started there')
    return found.child
  }
}

/** Lets everything run that waits for promises only. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
