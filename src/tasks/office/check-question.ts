/** Questions about tasks that come from outside: nothing of them is believed. */
import type { ListQuestion, RunQuestion, TaskDeed, TaskQuestion } from '../../wire/task-questions.ts'
import { checkQuery, invalid } from '../task-log/check-query.ts'
import { parseConditions } from '../task-log/condition-text.ts'
import type { TaskQuery, TaskWhere } from '../task-log/query.ts'

export type CheckedQuestion =
  | { readonly ask: 'list'; readonly query: TaskQuery }
  | { readonly ask: 'show'; readonly id: number }
  | { readonly ask: 'stats'; readonly where: TaskWhere }
  | { readonly ask: TaskDeed['ask']; readonly on: CheckedSelection; readonly force: boolean }
  | (RunQuestion & { readonly payload: readonly unknown[] })
  | { readonly ask: 'queues' | 'init-queues' }
  | { readonly ask: 'pause-queue'; readonly queue: string; readonly within: number | undefined }
  | { readonly ask: 'resume-queue'; readonly queue: string }

export type CheckedSelection = { readonly ids: readonly number[] } | { readonly where: TaskWhere }

/**
 * @param now milliseconds since 1970, from which times such as `-1h` count
 * @throws TsrvError TSRV_TASK_QUERY_INVALID
 */
export function checkQuestion(question: TaskQuestion, now: number): CheckedQuestion {
  switch (question.ask) {
    case 'list':
      return { ask: 'list', query: queryOf(question, now) }
    case 'show':
      return { ask: 'show', id: checkId(question.id) }
    case 'stats':
      return { ask: 'stats', where: whereOf(question.where, now) }
    case 'cancel':
    case 'retry':
    case 'archive': {
      const { ask, force = false } = question
      if (typeof force !== 'boolean') throw invalid('force is something else', 'true or false')
      return { ask, on: selectionOf(question, now), force }
    }
    case 'run':
      return runOf(question)
    case 'queues':
    case 'init-queues':
      return { ask: question.ask }
    case 'pause-queue': {
      const { within } = question
      if (within !== undefined && !(within > 0)) throw invalid('within is something else', 'milliseconds')
      return { ask: 'pause-queue', queue: textOf(question.queue, 'queue'), within }
    }
    case 'resume-queue':
      return { ask: 'resume-queue', queue: textOf(question.queue, 'queue') }
    default:
      throw invalid(
        `${JSON.stringify((question satisfies never as TaskQuestion).ask)} is no question`,
        'list, show, stats, cancel, retry, archive, run, queues, init-queues, pause-queue or resume-queue',
      )
  }
}

function runOf({ action, payload = [], queue, label }: RunQuestion): CheckedQuestion {
  if (!Array.isArray(payload)) throw invalid('payload is something else', 'a list of arguments')
  return {
    ask: 'run',
    action: textOf(action, 'action'),
    payload,
    ...(queue !== undefined && { queue: textOf(queue, 'queue') }),
    ...(label !== undefined && { label: textOf(label, 'label') }),
  }
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 1024) return value
  throw invalid(`${what} is something else`, 'a text')
}

function queryOf({ where, sort, limit, cursor }: ListQuestion, now: number): TaskQuery {
  return checkQuery({
    ...(where !== undefined && { where: whereOf(where, now) }),
    ...(sort !== undefined && { sort: sortOf(sort) }),
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  })
}

function whereOf(conditions: unknown, now: number): TaskWhere {
  if (conditions === undefined) return {}
  if (!isListOf(conditions, (one) => typeof one === 'string'))
    throw invalid('where is something else', 'a list of conditions')
  return parseConditions(conditions as string[], now)
}

/** `duration` or `duration:asc`; what the words are is checked with the query. */
function sortOf(text: unknown): { readonly by: string; readonly order?: string } {
  if (typeof text !== 'string') throw invalid('sort is something else', 'a column, such as duration:desc')
  const [by = '', order] = text.split(':')
  return { by, ...(order !== undefined && { order }) }
}

const MOST_IDS = 10_000

function selectionOf({ ids, where }: TaskDeed, now: number): CheckedSelection {
  if (ids !== undefined && where !== undefined) throw invalid('there are ids and conditions', 'one of them')
  if (where !== undefined && where.length > 0) return { where: whereOf(where, now) }
  if (!isListOf(ids, () => true) || ids === undefined || ids.length === 0 || ids.length > MOST_IDS)
    throw invalid('it is not said which tasks', `1 to ${MOST_IDS} ids, or conditions`)
  return { ids: [...new Set(ids.map(checkId))] }
}

function checkId(id: unknown): number {
  if (Number.isSafeInteger(id) && Number(id) > 0) return Number(id)
  throw invalid(`${String(id)} is no id`, 'the number that server.task() returned')
}

function isListOf(value: unknown, is: (one: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(is)
}
