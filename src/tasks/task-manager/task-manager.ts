/** Tasks in any Node program, without a server: the pipeline of the server behind one object. */
import { EventEmitter } from 'node:events'
import { TsrvError } from '../../errors.ts'
import type { TaskHandle, TaskOptions, TaskReport } from '../../server.ts'
import { type Duration, requireDuration } from '../../util/duration.ts'
import type { FinishedTask } from '../sender/finished-task.ts'
import { type ManagerSettings, readSettings, type TaskManagerOptions } from './settings.ts'
import { type TaskProgressReport, TaskTrack } from './task-track.ts'
import type { Workshop } from './workshop.ts'

type EventKind = 'task-completed' | 'task-failed' | 'task-progress'

/** `task-completed` and so on for every task, `task-completed-7` for the one with that id. */
export type TaskManagerEvent = EventKind | `${EventKind}-${number}`

export interface TaskManagerStats {
  readonly pool: {
    readonly currentWorkers: number
    readonly maxWorkers: number
    readonly currentTasks: number
    readonly completedTasks: number
    readonly failedTasks: number
    /** Tasks that a worker has had: those above together. */
    readonly totalTasks: number
  }
  readonly queue: { readonly currentTasks: number }
}

type Listener = (report: TaskProgressReport) => void

type Followed = Pick<TaskHandle, 'id' | 'progress' | 'done'>

/**
 * Runs tasks in worker threads of any Node program, with the queue, lanes and store of the server.
 *
 * @example
 * import { Task, TaskManager } from '@tsrv/server'
 * import { resize } from './tasks/images.ts'
 *
 * await using manager = new TaskManager({ modules: './tasks/*.ts', maxWorkers: 4 })
 * manager.on('task-failed', ({ id, error }) => console.error(id, error))
 * const report = await manager.submitTask(new Task(resize, 'cat.png'))
 */
export class TaskManager implements AsyncDisposable {
  readonly #settings: ManagerSettings
  readonly #events = new EventEmitter()
  /** Of the tasks that go on; what rejects those that wait for them. */
  readonly #tracks = new Map<number, { track: TaskTrack; abandon: (error: Error) => void }>()
  #opening: Promise<Workshop> | undefined
  #workshop: Workshop | undefined
  #terminated: Promise<number> | undefined

  /** @throws TsrvError `TSRV_TASK_OPTION_INVALID` names the option and what is expected */
  constructor(options: TaskManagerOptions = {}) {
    this.#settings = readSettings(options)
  }

  /**
   * Loads the modules and starts `minWorkers` threads; done by the first `submitTask()` if not before.
   *
   * @throws TsrvError `TSRV_MODULE_FAILED`, `TSRV_STORE_LOCKED` and what else a start may fail with
   */
  async start(): Promise<void> {
    await this.#open()
  }

  /**
   * Queues a task and waits for its end.
   *
   * @param data as for `server.task()`
   * @returns the report, for success and failure alike; rejects when the task could not be queued, or with
   *   `TSRV_TASK_MANAGER_ENDED` when the manager was terminated before
   * @example
   * const { state, value, error } = await manager.submitTask(new ResizeImage('cat.png'), { timeout: '1m' })
   */
  async submitTask<Result = unknown>(
    data: unknown,
    options?: TaskOptions,
  ): Promise<TaskProgressReport<Result>> {
    const workshop = await this.#open()
    if (this.#terminated !== undefined) throw this.#notRunning()
    return (await this.#follow(workshop.submit(data, options))) as TaskProgressReport<Result>
  }

  /**
   * Queues a task of a manager that has been started, and returns a handle to follow, await or cancel it.
   *
   * @throws TsrvError `TSRV_TASK_MANAGER_ENDED` before `start()` and after `terminate()`; as `server.submit()`
   */
  submit<Result = unknown>(data: unknown, options?: TaskOptions): TaskHandle<Result> {
    if (this.#workshop === undefined || this.#terminated !== undefined) throw this.#notRunning()
    const handle = this.#workshop.submit<Result>(data, options)
    const [forUser, forEvents] = fork(handle.progress)
    const followed = this.#follow({ ...handle, progress: forEvents })
    const done = followed.then(() => handle.done)
    // Whoever does not await it has the events.
    done.catch(() => {})
    return { ...handle, progress: forUser, done }
  }

  /** Listens to events; those of one task (`task-progress-7`) are forgotten at its end. */
  on(event: TaskManagerEvent, listener: Listener): this {
    this.#events.on(event, listener)
    return this
  }

  once(event: TaskManagerEvent, listener: Listener): this {
    this.#events.once(event, listener)
    return this
  }

  off(event: TaskManagerEvent, listener: Listener): this {
    this.#events.off(event, listener)
    return this
  }

  /** Counts since the start. */
  async stats(): Promise<TaskManagerStats> {
    const found = await this.#workshop?.stats()
    const { workers = 0, running = 0, queued = 0, finished = 0, failed = 0 } = found ?? {}
    return {
      pool: {
        currentWorkers: workers,
        maxWorkers: this.#settings.maxWorkers,
        currentTasks: running,
        completedTasks: finished,
        failedTasks: failed,
        totalTasks: finished + failed + running,
      },
      queue: { currentTasks: queued },
    }
  }

  /**
   * Ends the threads and closes the queue. Tasks that have not ended stay in an SQLite queue for the next program; of
   * a queue in memory they are lost.
   *
   * @param within what runs may go on for this time, in memory also what waits. Default: not at all
   * @returns how many tasks had not ended
   */
  async terminate(within: Duration = 0): Promise<number> {
    const time = requireDuration(within, 'terminate', 'within')
    this.#terminated ??= this.#close(time)
    return this.#terminated
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate()
  }

  #open(): Promise<Workshop> {
    if (this.#terminated !== undefined) return Promise.reject(this.#notRunning())
    this.#opening ??= this.#load()
    return this.#opening
  }

  async #load(): Promise<Workshop> {
    const { Workshop } = await import('./workshop.ts')
    this.#workshop = await Workshop.open(this.#settings, (finished) => this.#finished(finished))
    return this.#workshop
  }

  async #close(within: number): Promise<number> {
    // A start that failed has left nothing behind.
    const workshop = await this.#opening?.catch(() => undefined)
    const left = (await workshop?.close(within)) ?? 0
    for (const { abandon } of this.#tracks.values()) abandon(this.#notRunning())
    return left
  }

  async #follow({ id, progress, done }: Followed): Promise<TaskProgressReport> {
    const track = new TaskTrack(id)
    const abandoned = Promise.withResolvers<never>()
    this.#tracks.set(id, { track, abandon: abandoned.reject })
    const end = async (): Promise<TaskReport> => {
      for await (const one of progress) this.#emit('task-progress', track.progressed(one))
      return done
    }
    const report = track.ended(await Promise.race([end(), abandoned.promise]))
    this.#tracks.delete(id)
    this.#emitEnd(report)
    return report
  }

  /** Of the tasks that this program has not sent itself. */
  #finished(finished: FinishedTask): void {
    if (!this.#tracks.has(finished.id)) this.#emitEnd(new TaskTrack(finished.id).ended(finished))
  }

  #emitEnd(report: TaskProgressReport): void {
    this.#emit(report.state === 'completed' ? 'task-completed' : 'task-failed', report)
    for (const kind of ['task-completed', 'task-failed', 'task-progress']) {
      this.#events.removeAllListeners(`${kind}-${report.id}`)
    }
  }

  /** A listener that throws is its own fault: the task goes on. */
  #emit(kind: EventKind, report: TaskProgressReport): void {
    for (const event of [kind, `${kind}-${report.id}`]) {
      try {
        this.#events.emit(event, report)
      } catch (error) {
        this.#workshop?.log.logger.error({ err: error, taskId: report.id }, `A listener of ${event} threw`)
      }
    }
  }

  #notRunning(): TsrvError {
    const state = this.#terminated === undefined ? 'has not been started' : 'has been terminated'
    return new TsrvError('TASK_MANAGER_ENDED', { state })
  }
}

/** One source read by two readers, each at its own pace. */
function fork<Item>(source: AsyncIterable<Item>): [AsyncIterable<Item>, AsyncIterable<Item>] {
  const read: IteratorResult<Item, unknown>[] = []
  const iterator = source[Symbol.asyncIterator]()
  let pending: Promise<void> | undefined
  const readNext = async (): Promise<void> => {
    read.push(await iterator.next())
    pending = undefined
  }
  async function* from(): AsyncGenerator<Item> {
    for (let index = 0; ; index++) {
      while (read.length <= index) {
        pending ??= readNext()
        await pending
      }
      const result = read[index]
      if (result === undefined || result.done === true) return
      yield result.value
    }
  }
  return [from(), from()]
}
