/**
 * A task server inside a plain program: the same queue, lanes and store as in a server, with a line through memory
 * instead of a socket. Loaded with the first task manager that starts, so that importing the package stays cheap.
 */
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import { merge } from '../../config/merge.ts'
import { IdBlocks } from '../../control/id-blocks.ts'
import { openProcessLog, type ProcessLog } from '../../log/process-log.ts'
import type { TaskHandle, TaskOptions } from '../../server.ts'
import { channelPair } from '../../wire/channel.ts'
import type { FromTaskServer, IdRange, IdRangeKind, ToTaskServer } from '../../wire/messages.ts'
import type { FinishedTask } from '../sender/finished-task.ts'
import { TaskIds } from '../sender/ids.ts'
import { ThreadLane, type ThreadLaneOptions } from '../lanes/thread-lane.ts'
import { threadPeer } from '../lanes/thread-peer.ts'
import { openTaskStore, type TaskStore } from '../task-server/open-task-store.ts'
import { TaskClient } from '../sender/task-client.ts'
import { loadTaskModules } from '../task-modules.ts'
import { TaskServer } from '../task-server/task-server.ts'
import { Pool } from './pool.ts'
import type { ManagerSettings } from './settings.ts'

export interface WorkshopStats {
  readonly workers: number
  readonly running: number
  readonly queued: number
  readonly finished: number
  readonly failed: number
}

export class Workshop {
  readonly log: ProcessLog
  readonly #client: TaskClient
  readonly #tasks: TaskServer
  readonly #store: TaskStore
  readonly #pool: Pool

  private constructor(parts: Parts) {
    this.log = parts.log
    this.#client = parts.client
    this.#tasks = parts.tasks
    this.#store = parts.store
    this.#pool = parts.pool
  }

  /** @param onFinish hears of the end of every task, also of those that tasks sent or an earlier program left */
  static async open(settings: ManagerSettings, onFinish: (task: FinishedTask) => void): Promise<Workshop> {
    const config = configOf(settings)
    const log = await openProcessLog({
      level: settings.logLevel,
      pretty: false,
      fields: { process: 'tasks' },
    })
    const { tags } = await loadTaskModules(config.tasks.modules, config.root)
    const onTrouble = (message: string): void => log.logger.warn(message)
    const file = fileOf(settings)
    const store = await openTaskStore({ ...config.tasks, file, onTrouble })
    const { broker, taskLog } = store
    const tasks = new TaskServer({
      broker,
      taskLog,
      keep: config.tasks.keep,
      rules: () => config.tasks,
      log: log.logger,
    })
    const ids = new IdBlocks(file && `${file}.ids`)
    const pool = makePool(tasks, { settings, config, log, ids, store })
    const own = new TaskIds(ids.grant(), (kind) => own.refill(ids.take(kind)))
    const client = new TaskClient({
      sender: { kind: 'http', slot: 0, workerId: 0 },
      ids: own,
      tags,
      limits: { tasks: config.tasks.maxQueued, bytes: config.tasks.maxQueuedBytes },
      whenFull: 'throw',
      maxCrashes: config.tasks.maxCrashes,
      onCrash: config.tasks.onCrash,
      onFinish: (finished) => {
        onFinish(finished)
        pool.look()
      },
      onLate: () => {},
    })
    await tasks.resume()
    const [ours, theirs] = channelPair<ToTaskServer, FromTaskServer>()
    tasks.connect(theirs)
    client.connect(ours)
    client.lead()
    try {
      await pool.start()
    } catch (error) {
      await tasks.stop()
      await store.close()
      throw error
    }
    pool.look()
    return new Workshop({ log, client, tasks, store, pool })
  }

  submit<Result>(data: unknown, options: TaskOptions | undefined): TaskHandle<Result> {
    const handle = this.#client.submit<Result>(data, options)
    void handle.accepted.then(() => this.#pool.look())
    return handle
  }

  async stats(): Promise<WorkshopStats> {
    const { workers, queued, running, finished, failed } = await this.#tasks.stats()
    return { workers, running, queued, finished, failed }
  }

  /** @returns how many tasks have not ended: kept by a database, lost with the memory */
  async close(within: number): Promise<number> {
    this.#pool.stop()
    const left = await this.#tasks.drain(AbortSignal.timeout(within))
    await this.#tasks.stop()
    await this.#store.close()
    this.log.flush()
    return left
  }
}

interface Parts {
  readonly log: ProcessLog
  readonly client: TaskClient
  readonly tasks: TaskServer
  readonly store: TaskStore
  readonly pool: Pool
}

interface PoolParts extends Pick<Parts, 'log' | 'store'> {
  readonly settings: ManagerSettings
  readonly config: Config
  readonly ids: IdBlocks
}

function makePool(tasks: TaskServer, { settings, config, log, ids, store }: PoolParts): Pool {
  const trouble = (error: unknown, message = 'The pool of task workers cannot be changed'): void =>
    log.logger.error({ err: error }, message)
  const boot = async (lane: number): Promise<Awaited<ReturnType<ThreadLaneOptions['boot']>>> => {
    return { config, lane, generation: 1, workers: 1, workerId: 1 + lane, ids: ids.grant(), tasksSocket: '' }
  }
  const takeIds = async (kind: IdRangeKind): Promise<IdRange> => ids.take(kind)
  const connect = tasks.connect.bind(tasks)
  const pool = new Pool({
    tasks,
    min: settings.minWorkers,
    max: settings.maxWorkers,
    idleTimeout: settings.idleTimeout,
    demand: async () => {
      const { ready } = await store.broker.counts()
      return ready + (await tasks.stats()).running
    },
    onTrouble: trouble,
    make: (number) =>
      new ThreadLane({
        number,
        bootTimeout: config.processes.bootTimeout,
        lanes: () => settings.maxWorkers,
        boot: () => boot(number),
        attach: (post) => threadPeer({ log, takeIds, connect, onAccepted: () => pool.look() }, post),
        onTrouble: trouble,
      }),
  })
  return pool
}

/** The defaults of a server, with what concerns a task manager. */
function configOf({ modules, container, root, jobsPerWorker, file, logLevel }: ManagerSettings): Config {
  const { config } = merge([], { root: path.resolve(root), file: undefined })
  return {
    ...config,
    container,
    tasks: {
      ...config.tasks,
      modules,
      concurrency: jobsPerWorker,
      broker: file === undefined ? 'memory' : 'sqlite',
      // A thread's priority is the program's own business.
      nice: 0,
    },
    log: { ...config.log, level: logLevel },
  }
}

function fileOf({ root, file }: ManagerSettings): string | undefined {
  return file === undefined ? undefined : path.resolve(root, file)
}
