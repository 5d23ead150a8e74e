/**
 * Sends the tasks of `schedules` when they are due. It lives in the task server, of which there is one; a tick is
 * noted in the store after its task has been stored, and a task that is sent again because of a death in between is
 * recognised by its key.
 */
import type { ScheduleSetting } from '../../config/schedule-list.ts'
import type { Logger } from '../../server.ts'
import { Alarm } from '../../util/alarm.ts'
import { namedTask } from '../task-server/named-task.ts'
import type { QueueRoutes } from '../queues.ts'
import type { TaskServer } from '../task-server/task-server.ts'
import { cronTicks } from './cron-ticks.ts'
import type { ScheduleStore } from './schedule-store.ts'
import { dueTicks, everyTicks, type Ticks } from './ticks.ts'

export interface SchedulesOptions {
  readonly store: ScheduleStore
  readonly tasks: Pick<TaskServer, 'add'>
  readonly nextId: () => Promise<number>
  readonly routes: () => QueueRoutes
  readonly log: Logger
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

interface Plan {
  readonly setting: ScheduleSetting
  readonly ticksFrom: (last: number) => Ticks
}

interface Schedule {
  readonly setting: ScheduleSetting
  readonly ticks: Ticks
  last: number
}

/** Milliseconds for which the key of a tick keeps a second task for it away: as long as no task server is gone. */
const KEY_TIME = 3_600_000
/** Milliseconds until it is tried again when a task cannot be stored. */
const TRY_AGAIN = 1000

export class Schedules {
  readonly #options: SchedulesOptions
  readonly #now: () => number
  readonly #alarm: Alarm
  #schedules: readonly Schedule[] = []
  #round: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: SchedulesOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#alarm = new Alarm(() => this.#ring(), this.#now)
  }

  /**
   * Takes these schedules instead of those before. One that is new counts from now.
   *
   * @throws TsrvError TSRV_SCHEDULE_INVALID; those before stay then
   */
  async set(settings: readonly ScheduleSetting[]): Promise<void> {
    const plans = await Promise.all(settings.map(planOf))
    // What is being sent under the old ones is noted first.
    const taken = this.#round.then(() => this.#take(plans))
    this.#round = taken.catch(() => {})
    await taken
    this.#ring()
  }

  /** Nothing is sent from now on. What it waits for may never come: ids are given out by a supervisor that has died. */
  stop(): void {
    this.#isStopped = true
    this.#alarm.stop()
  }

  async #take(plans: readonly Plan[]): Promise<void> {
    const { store } = this.#options
    const lastTicks = await store.lastTicks()
    const now = this.#now()
    for (const { setting } of plans) {
      if (!lastTicks.has(setting.name)) await store.setLastTick(setting.name, now)
    }
    this.#schedules = plans.map(({ setting, ticksFrom }) => {
      const last = lastTicks.get(setting.name) ?? now
      return { setting, last, ticks: ticksFrom(last) }
    })
  }

  #ring(): void {
    this.#round = this.#round.then(() => this.#sendDue())
  }

  async #sendDue(): Promise<void> {
    for (const schedule of this.#schedules) {
      if (this.#isStopped) return
      try {
        await this.#send(schedule)
        if (!this.#isStopped) this.#alarm.set(schedule.ticks.after(schedule.last))
      } catch (error) {
        if (this.#isStopped) return
        const { name } = schedule.setting
        this.#options.log.error({ err: error, schedule: name }, 'A scheduled task cannot be sent')
        this.#alarm.set(this.#now() + TRY_AGAIN)
      }
    }
  }

  async #send(schedule: Schedule): Promise<void> {
    const { store, tasks, nextId, routes, log } = this.#options
    const { setting, ticks } = schedule
    const { name, task: action, payload, queue, label, missed } = setting
    const now = this.#now()
    const due = dueTicks(ticks, schedule.last, now, missed)
    if (due.last === schedule.last) return
    for (const tick of due.ticks) {
      const id = await nextId()
      if (this.#isStopped) return
      const key = `tsrv:schedule:${name}@${tick}`
      const named = { id, action, payload, queue, label, key, keyUntil: now + KEY_TIME }
      await tasks.add(namedTask({ ...named, sender: 'schedule', now }, routes()))
      log.debug({ taskId: id, schedule: name }, 'A scheduled task was sent')
    }
    await store.setLastTick(name, due.last)
    schedule.last = due.last
  }
}

async function planOf(setting: ScheduleSetting): Promise<Plan> {
  const { name, every = Infinity, cron, timezone } = setting
  if (cron === undefined) return { setting, ticksFrom: (last) => everyTicks(every, last) }
  const ticks = await cronTicks(name, cron, timezone)
  return { setting, ticksFrom: () => ticks }
}
