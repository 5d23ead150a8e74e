/**
 * What HTTP workers and the task server are started with, and the reloads and scalings that change it. A reload of one
 * of them alone lets the two differ.
 */
import { messageOf, TsrvError } from '../errors.ts'
import type { Crew } from './crew.ts'
import {
  bootOf,
  type BootSurroundings,
  type Counts,
  type DrainTimes,
  drainTimesOf,
  type Launch,
} from './launch.ts'
import type { PlaceName, Wanted } from './plan.ts'
import { HttpReload, TaskReload, type TaskReloadAnswer } from './reload.ts'
import type { ChildRole } from './state.ts'
import type { WorkerExit, WorkerHandle } from './worker-handle.ts'

/** Milliseconds in watch mode: with every save old workers would go on that streams and breakpoints keep open. */
const LONGEST_WATCHED = 5000

export interface LaunchesOptions {
  readonly first: Launch
  readonly crew: Crew
  readonly surroundings: BootSurroundings
  /** Makes room for this many HTTP workers. */
  readonly resize: (workers: number) => void
  /** Whatever is started in these places from now on has other code. */
  readonly onNewCode: (role: ChildRole) => void
  /** What is wanted has changed. */
  readonly reconcile: () => void
}

export class Launches {
  readonly #options: LaunchesOptions
  #http: Launch
  #tasks: Launch
  #httpReload: HttpReload | undefined
  #taskReload: TaskReload | undefined

  constructor(options: LaunchesOptions) {
    this.#options = options
    this.#http = options.first
    this.#tasks = options.first
  }

  of({ role }: Pick<PlaceName, 'role'>): Launch {
    return role === 'http-worker' ? this.#http : this.#tasks
  }

  get http(): Launch {
    return this.#http
  }

  /** For an HTTP worker that has a successor: milliseconds until what is open is cut, and those of idle connections. */
  get drainTimes(): DrainTimes {
    const [within, idleGrace] = drainTimesOf(this.#http)
    // The next request of a browser is to meet new code; it opens another connection for that.
    return this.#options.surroundings.watch === true
      ? [Math.min(within, LONGEST_WATCHED), 0]
      : [within, idleGrace]
  }

  get generation(): number {
    return Math.max(this.#http.generation, this.#tasks.generation)
  }

  get wanted(): Wanted {
    const { workers, generation } = this.#http
    const isHasty = this.#options.surroundings.watch === true
    return { httpWorkers: workers, taskServer: this.#tasks.taskWorkers > 0, generation, isHasty }
  }

  /** Task workers first: new HTTP workers may send tasks that old task workers do not know. */
  async reload(next: Launch, only?: 'http' | 'tasks'): Promise<string[]> {
    const replaced = only === 'http' ? [] : await this.#reloadTasks(next)
    if (only === 'tasks') return replaced
    try {
      return [...replaced, ...(await this.#replaceHttp(next))]
    } catch (error) {
      if (replaced.length === 0 || !(error instanceof TsrvError)) throw error
      const said = String(error.details['reason']).replace(/\.$/, '')
      const reason = `${said}; the task workers run the new code already`
      throw new TsrvError('RELOAD_FAILED', { reason }, { cause: error })
    }
  }

  get counts(): Counts {
    return { workers: this.#http.workers, taskWorkers: this.#tasks.taskWorkers }
  }

  /**
   * More or fewer of both, of the code that runs. Resolves when the new ones are ready; those that are too many may
   * still be finishing.
   *
   * @throws TsrvError TSRV_SCALE_FAILED; the count of what did not start is as before
   */
  async scale({ workers, taskWorkers }: Counts): Promise<void> {
    const before = this.counts
    try {
      if (taskWorkers !== before.taskWorkers) await this.#scaleTasks(taskWorkers)
      if (workers !== before.workers) await this.#replaceHttp({ ...this.#http, workers }, before.workers)
    } catch (error) {
      throw new TsrvError('SCALE_FAILED', { reason: reasonOf(error) }, { cause: error })
    }
  }

  /** The HTTP workers have changed. */
  look(workers: readonly WorkerHandle[]): void {
    this.#httpReload?.look(workers)
  }

  answered(answer: TaskReloadAnswer): void {
    this.#taskReload?.answered(answer)
  }

  /** A process has ended. True when that is the end of a reload instead of a death to be counted. */
  ended(worker: WorkerHandle, exit: WorkerExit, reason: string): boolean {
    if (worker.role === 'http-worker') return this.#httpReload?.ended(worker, exit, reason) === true
    this.#taskReload?.abandon(`the task server: ${reason}`)
    return false
  }

  abandon(reason: string): void {
    this.#httpReload?.abandon(reason)
    this.#taskReload?.abandon(reason)
  }

  async #reloadTasks(next: Launch): Promise<string[]> {
    const { crew, surroundings, onNewCode, reconcile } = this.#options
    const before = this.#tasks
    const taskServer = crew.taskServers().find((one) => one.state === 'ready')
    this.#tasks = next
    onNewCode('task-server')
    reconcile()
    if (taskServer === undefined || next.taskWorkers === 0) return []
    this.#taskReload = new TaskReload()
    taskServer.send({ type: 'reload', boot: bootOf(next, { slot: 0 }, surroundings) })
    try {
      await this.#taskReload.over
      return Array.from({ length: next.taskWorkers }, (_, lane) => `task ${lane}`)
    } catch (error) {
      this.#tasks = before
      throw error
    } finally {
      this.#taskReload = undefined
    }
  }

  async #scaleTasks(taskWorkers: number): Promise<void> {
    const taskServer = this.#options.crew.taskServers().find((one) => one.state === 'ready')
    const isAll = taskWorkers === 0 || this.#tasks.taskWorkers === 0
    if (isAll) throw new TsrvError('SCALE_FAILED', { reason: NONE_OR_SOME })
    if (taskServer === undefined)
      throw new TsrvError('SCALE_FAILED', { reason: 'the task server is not ready' })
    this.#taskReload = new TaskReload()
    taskServer.send({ type: 'resize', taskWorkers })
    try {
      await this.#taskReload.over
      this.#tasks = { ...this.#tasks, taskWorkers }
      this.#http = { ...this.#http, taskWorkers }
    } finally {
      this.#taskReload = undefined
    }
  }

  /** @param firstSlot slots before it keep their workers */
  async #replaceHttp(next: Launch, firstSlot = 0): Promise<string[]> {
    const { resize, onNewCode, reconcile } = this.#options
    const before = this.#http
    resize(Math.max(before.workers, next.workers))
    this.#http = next
    if (next.generation !== before.generation) onNewCode('http-worker')
    this.#httpReload = new HttpReload(next.generation, next.workers, firstSlot)
    reconcile()
    try {
      await this.#httpReload.over
      return Array.from({ length: next.workers }, (_, slot) => `http ${slot}`)
    } catch (error) {
      this.#http = before
      throw error
    } finally {
      this.#httpReload = undefined
      resize(this.#http.workers)
      reconcile()
    }
  }
}

const NONE_OR_SOME =
  'HTTP workers learn at their start whether there are task workers at all; "tsrv reload -t" starts the first and ends the last'

/** Without the sentence around it. */
function reasonOf(error: unknown): string {
  const isOurs =
    error instanceof TsrvError && ['TSRV_RELOAD_FAILED', 'TSRV_SCALE_FAILED'].includes(error.code)
  return isOurs ? String(error.details['reason']) : messageOf(error)
}
