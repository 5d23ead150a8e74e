/** What the task server is asked on behalf of others: its counters, questions about tasks, lanes on loan. */
import { TsrvError } from '../errors.ts'
import { withDeadline } from '../util/deadline.ts'
import { errorFromWire, errorToWire } from '../wire/error-report.ts'
import type { FromChild, TaskStats } from '../wire/messages.ts'
import type { TaskAnswer, TaskQuestion } from '../wire/task-questions.ts'
import type { WorkNews, WorkOrder } from '../wire/work.ts'
import { TaskStatsQuestion } from './status.ts'
import type { WorkerHandle } from './worker-handle.ts'

type FromTaskServer = Extract<FromChild, { type: 'ready' | 'stats' | 'answer' | 'work' }>

/** Milliseconds; thousands of tasks may have to be written. */
const PATIENCE = 30_000

interface Question {
  readonly askedOf: WorkerHandle
  readonly answer: PromiseWithResolvers<TaskAnswer>
}

interface Work {
  readonly lender: WorkerHandle
  readonly onNews: (news: WorkNews) => void
}

export class TaskDesk {
  readonly #taskServers: () => readonly WorkerHandle[]
  readonly #stats = new TaskStatsQuestion()
  readonly #questions = new Map<number, Question>()
  readonly #works = new Map<number, Work>()
  #count = 0
  #resumed: number | undefined

  constructor(taskServers: () => readonly WorkerHandle[]) {
    this.#taskServers = taskServers
  }

  /** Tasks that an earlier server left to this one. */
  get resumed(): number {
    return this.#resumed ?? 0
  }

  /** Undefined when there is no task server, or it did not answer in time. */
  stats(): Promise<TaskStats | undefined> {
    return this.#stats.ask(this.#taskServers())
  }

  /**
   * @throws TsrvError TSRV_TASK_SERVER_MISSING, TSRV_TASK_SERVER_SILENT, or what the task server has against the
   *   question
   */
  async ask(question: TaskQuestion, within = PATIENCE): Promise<TaskAnswer> {
    const askedOf = this.#taskServer()
    const request = this.#count++
    const answer = Promise.withResolvers<TaskAnswer>()
    this.#questions.set(request, { askedOf, answer })
    askedOf.send({ type: 'ask', request, question })
    const late = (): Error => silence(`no answer within ${within / 1000} s`)
    try {
      return await withDeadline(answer.promise, within, late)
    } finally {
      this.#questions.delete(request)
    }
  }

  /**
   * Lends lanes until `closed` is heard.
   *
   * @returns the number by which `order` knows this loan
   * @throws TsrvError TSRV_TASK_SERVER_MISSING
   */
  work(order: WorkOrder & { do: 'open' }, onNews: (news: WorkNews) => void): number {
    const lender = this.#taskServer()
    const work = this.#count++
    this.#works.set(work, { lender, onNews })
    lender.send({ type: 'work', work, order })
    return work
  }

  /** False when that loan is over. */
  order(work: number, order: WorkOrder): boolean {
    const found = this.#works.get(work)
    found?.lender.send({ type: 'work', work, order })
    return found !== undefined
  }

  received(message: FromTaskServer): void {
    switch (message.type) {
      case 'ready':
        this.#resumed ??= message.resumed
        return
      case 'stats':
        return this.#stats.answered(message.stats)
      case 'answer': {
        const { answer } = this.#questions.get(message.request) ?? {}
        if ('error' in message) answer?.reject(errorFromWire(message.error))
        else answer?.resolve(message.answer)
        return
      }
      case 'work': {
        const { work, news } = message
        const found = this.#works.get(work)
        if (news.is === 'closed') this.#works.delete(work)
        return found?.onNews(news)
      }
      default:
        return message satisfies never
    }
  }

  /** A process has ended: what was asked of it will not be answered. */
  lost(worker: WorkerHandle): void {
    for (const { askedOf, answer } of this.#questions.values()) {
      if (askedOf === worker) answer.reject(silence('it ended before it could answer'))
    }
    for (const [work, { lender, onNews }] of this.#works) {
      if (lender !== worker) continue
      this.#works.delete(work)
      onNews({ is: 'closed', error: errorToWire(silence('it has ended')) })
    }
  }

  #taskServer(): WorkerHandle {
    const all = this.#taskServers()
    const found = all.find(({ state }) => state === 'ready')
    if (found !== undefined) return found
    const [other] = all
    throw other === undefined ? new TsrvError('TASK_SERVER_MISSING') : silence(`it is ${other.state}`)
  }
}

function silence(reason: string): TsrvError {
  return new TsrvError('TASK_SERVER_SILENT', { reason })
}
