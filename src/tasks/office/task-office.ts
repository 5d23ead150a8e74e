/** Answers questions about tasks, and does with them what is asked for from outside (`tsrv task`). */
import { messageOf, TsrvError } from '../../errors.ts'
import type { TaskAnswer, TaskCounts, TaskDeedReport, TaskQuestion } from '../../wire/task-questions.ts'
import { type CheckedSelection, checkQuestion } from './check-question.ts'
import { namedTask } from '../task-server/named-task.ts'
import type { QueueOffice } from './queue-office.ts'
import type { QueueRoutes } from '../queues.ts'
import { repeatedTask } from './repeated-task.ts'
import type { TaskLog } from '../task-log.ts'
import { LONGEST_PAGE, type TaskWhere } from '../task-log/query.ts'
import { CATEGORIES, CATEGORY_LABELS, CATEGORY_OF, ENDED } from '../task-log/statuses.ts'
import type { TaskServer } from '../task-server/task-server.ts'
import { listedTask, taskDetails } from './task-view.ts'

export interface TaskOfficeOptions {
  readonly tasks: Pick<TaskServer, 'add' | 'cancel' | 'stats'>
  readonly taskLog: TaskLog
  readonly queues: QueueOffice
  readonly routes: () => QueueRoutes
  /** For tasks that repeat others, or that are run by name. */
  readonly nextId: () => Promise<number>
}

export class TaskOffice {
  readonly #tasks: TaskOfficeOptions['tasks']
  readonly #log: TaskLog
  readonly #queues: QueueOffice
  readonly #routes: () => QueueRoutes
  readonly #nextId: () => Promise<number>

  constructor({ tasks, taskLog, queues, routes, nextId }: TaskOfficeOptions) {
    this.#queues = queues
    this.#routes = routes
    this.#tasks = tasks
    this.#log = taskLog
    this.#nextId = nextId
  }

  /**
   * @param asked plain data of any shape
   * @throws TsrvError TSRV_TASK_QUERY_INVALID, TSRV_TASK_NOT_FOUND, TSRV_QUEUE_UNKNOWN
   */
  async answer(asked: TaskQuestion): Promise<TaskAnswer> {
    const question = checkQuestion(asked, Date.now())
    switch (question.ask) {
      case 'list': {
        const { records, next } = await this.#log.search(question.query)
        return { tasks: records.map(listedTask), ...(next !== undefined && { next }) }
      }
      case 'show': {
        const record = await this.#log.get(question.id)
        if (record === undefined) throw new TsrvError('TASK_NOT_FOUND', { id: question.id })
        return taskDetails(record)
      }
      case 'stats':
        return this.#counts(question.where)
      case 'cancel':
        return this.#each(question.on, (id) => this.#cancel(id))
      case 'retry':
        return this.#each(question.on, (id) => this.#retry(id))
      case 'archive':
        return this.#archive(question.on, question.force)
      case 'run': {
        const id = await this.#nextId()
        await this.#tasks.add(namedTask({ ...question, id, sender: 'cli', now: Date.now() }, this.#routes()))
        return { id }
      }
      case 'queues':
        return this.#queues.list()
      case 'init-queues':
        return this.#queues.initialise()
      case 'pause-queue':
        return this.#queues.pause(question.queue, question.within)
      case 'resume-queue':
        return this.#queues.resume(question.queue)
      default:
        return question satisfies never
    }
  }

  async #counts(where: TaskWhere): Promise<TaskCounts> {
    const [counts, { queued, running, workers }] = await Promise.all([
      this.#log.stats(where),
      this.#tasks.stats(),
    ])
    const tasks = CATEGORIES.map((category) => {
      return { category, label: CATEGORY_LABELS[category], count: counts[category] }
    })
    return { tasks, queue: { queued, running, workers } }
  }

  /** @returns why it cannot be cancelled */
  async #cancel(id: number): Promise<Deed> {
    if (await this.#tasks.cancel(id)) return {}
    const record = await this.#log.get(id)
    if (record === undefined) return { refused: UNKNOWN }
    return { refused: ENDED.includes(record.status) ? `it has ended (${record.status})` : 'it is ending now' }
  }

  async #retry(id: number): Promise<Deed> {
    const record = await this.#log.get(id)
    if (record === undefined) return { refused: UNKNOWN }
    if (!ENDED.includes(record.status)) {
      const waits = CATEGORY_OF[record.status] === 'created'
      return { refused: waits ? 'it has not run yet' : 'it is in progress' }
    }
    const task = repeatedTask(await this.#nextId(), record, Date.now())
    await this.#tasks.add(task)
    return { as: task.id }
  }

  async #archive(on: CheckedSelection, force: boolean): Promise<TaskDeedReport> {
    const ids = await this.#idsOf(on)
    const { refused } = await this.#log.archive({ ids, force })
    const left = new Set(refused.map(({ id }) => id))
    return { done: ids.filter((id) => !left.has(id)).map((id) => ({ id })), refused }
  }

  /** One refusal keeps nothing from being done with the others. */
  async #each(on: CheckedSelection, act: (id: number) => Promise<Deed>): Promise<TaskDeedReport> {
    const done: TaskDeedReport['done'][number][] = []
    const refused: TaskDeedReport['refused'][number][] = []
    const ids = await this.#idsOf(on)
    for (let from = 0; from < ids.length; from += AT_A_TIME) {
      const slice = ids.slice(from, from + AT_A_TIME)
      const deeds = await Promise.all(slice.map((id) => act(id).catch(failedDeed)))
      for (const [index, { refused: reason, as }] of deeds.entries()) {
        const id = slice[index] ?? 0
        if (reason === undefined) done.push({ id, ...(as !== undefined && { as }) })
        else refused.push({ id, reason })
      }
    }
    return { done, refused }
  }

  /** All of them first: what is done with one may take it out of the pages that follow. */
  async #idsOf(on: CheckedSelection): Promise<readonly number[]> {
    if ('ids' in on) return on.ids
    const ids: number[] = []
    for (let cursor: string | undefined; ;) {
      const query = { where: on.where, sort: OLDEST_FIRST, limit: LONGEST_PAGE }
      const page = await this.#log.search(cursor === undefined ? query : { ...query, cursor })
      for (const { id } of page.records) ids.push(id)
      if (page.next === undefined) return ids
      cursor = page.next
    }
  }
}

interface Deed {
  /** Why it was not done. */
  readonly refused?: string
  readonly as?: number
}

function failedDeed(error: unknown): Deed {
  return { refused: messageOf(error) }
}

const UNKNOWN = 'there is no such task'
const OLDEST_FIRST = { by: 'id', order: 'asc' } as const
const AT_A_TIME = 200
