/** Lends lanes for the time of a `tsrv work`, and tells the asker what they do. */
import { errorToWire } from '../../wire/error-report.ts'
import type { ThreadAnswer, ThreadTask } from '../../wire/thread-messages.ts'
import type { WorkNews, WorkOrder } from '../../wire/work.ts'
import type { MakeLane } from '../lanes/lanes.ts'
import { LentLane, type Loan } from '../lanes/lent-lane.ts'
import type { QueueOffice } from './queue-office.ts'
import type { TaskServer } from '../task-server/task-server.ts'
import { describe } from '../task-server/verdict.ts'

export interface WorkDeskOptions {
  readonly tasks: Pick<TaskServer, 'lendLane' | 'running'>
  readonly queues: Pick<QueueOffice, 'requireWaiting'>
  readonly make: MakeLane
  readonly tell: (work: number, news: WorkNews) => void
}

interface Work {
  readonly loan: Loan
  readonly lanes: LentLane[]
  /** Settles when all lanes are ready, or one of them never will be. */
  readonly opened: Promise<readonly GiveBack[]>
  isClosing: boolean
}

type GiveBack = () => Promise<void>

export class WorkDesk {
  readonly #options: WorkDeskOptions
  readonly #works = new Map<number, Work>()

  constructor(options: WorkDeskOptions) {
    this.#options = options
  }

  /** What comes of it is told. */
  obey(work: number, order: WorkOrder): void {
    switch (order.do) {
      case 'open':
        return void this.#open(work, order)
      case 'pause':
      case 'resume':
        return this.#pause(work, order.do === 'pause')
      case 'close':
        return void this.#close(work)
      default:
        return order satisfies never
    }
  }

  async #open(number: number, order: WorkOrder & { do: 'open' }): Promise<void> {
    const { tell } = this.#options
    const { lanes: count, limit = Infinity, queue } = order
    const loan: Loan = { queue, isPaused: false, left: limit }
    const lanes: LentLane[] = []
    const opened = this.#lend(Math.min(count, limit), number, { loan, lanes })
    const work: Work = { loan, lanes, opened, isClosing: false }
    this.#works.set(number, work)
    try {
      await opened
      tell(number, { is: 'open', lanes: lanes.map((lane) => lane.number) })
    } catch (error) {
      this.#works.delete(number)
      if (!work.isClosing) tell(number, { is: 'closed', error: errorToWire(error) })
    }
  }

  /** All of them, or none. */
  async #lend(
    count: number,
    number: number,
    { loan, lanes }: Pick<Work, 'loan' | 'lanes'>,
  ): Promise<readonly GiveBack[]> {
    const { tasks, queues, make } = this.#options
    if (loan.queue !== undefined) await queues.requireWaiting(loan.queue, 'tsrv work')
    const names = new Map<number, TaskName>()
    const lend = (): Promise<GiveBack> =>
      tasks.lendLane((laneNumber) => {
        const lane = new LentLane(make(laneNumber), loan, {
          onStart: (one, task) => this.#started(number, one, { task, names }),
          onEnd: (one, task, answer) => this.#ended(number, one, { task, names, answer }),
        })
        lanes.push(lane)
        return lane
      })
    const results = await Promise.allSettled(Array.from({ length: count }, lend))
    const lent = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed === undefined) return lent
    await Promise.all(lent.map((giveBack) => giveBack()))
    throw failed.reason
  }

  #pause(number: number, isPaused: boolean): void {
    const work = this.#works.get(number)
    if (work === undefined || work.loan.isPaused === isPaused) return
    work.loan.isPaused = isPaused
    if (!isPaused) for (const lane of work.lanes) lane.resumed()
    this.#options.tell(number, { is: isPaused ? 'paused' : 'resumed' })
  }

  /** What runs is run to its end. */
  async #close(number: number): Promise<void> {
    const work = this.#works.get(number)
    if (work === undefined || work.isClosing) return
    work.isClosing = true
    const lent = await work.opened.catch(() => [])
    await Promise.all(lent.map((giveBack) => giveBack()))
    this.#works.delete(number)
    this.#options.tell(number, { is: 'closed' })
  }

  #started(number: number, { number: lane }: LentLane, { task, names }: Named): void {
    const { name = 'unknown', label } = this.#options.tasks.running(task.id) ?? {}
    const known = { name, ...(label !== undefined && { label }) }
    names.set(task.id, known)
    this.#options.tell(number, { is: 'started', id: task.id, lane, attempt: task.attempt, ...known })
  }

  #ended(number: number, { number: lane }: LentLane, { task, names, answer }: Ended): void {
    const { id, attempt } = task
    const known = names.get(id) ?? { name: 'unknown' }
    names.delete(id)
    this.#options.tell(number, { is: 'finished', id, lane, attempt, ...known, ...outcome(answer) })
    const work = this.#works.get(number)
    if (work?.lanes.every(({ isSpent }) => isSpent) === true) void this.#close(number)
  }
}

interface TaskName {
  readonly name: string
  readonly label?: string
}

interface Named {
  readonly task: ThreadTask
  readonly names: Map<number, TaskName>
}

interface Ended extends Named {
  readonly answer: ThreadAnswer | undefined
}

type Outcome = Pick<Extract<WorkNews, { is: 'finished' }>, 'how' | 'duration' | 'error'>

function outcome(answer: ThreadAnswer | undefined): Outcome {
  if (answer === undefined) return { how: 'crashed', duration: 0, error: 'the task worker died' }
  const { duration } = answer
  if (!answer.ok) return { how: 'failed', duration, error: describe(answer.error) }
  return { how: answer.again === undefined ? 'completed' : 'rescheduled', duration }
}
