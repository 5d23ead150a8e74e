/** When schedules are due, what becomes of missed ticks, and that each tick is one task. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ScheduleSetting } from '../../../src/config/schedule-list.ts'
import { cronTicks } from '../../../src/tasks/schedules/cron-ticks.ts'
import { MemoryScheduleStore, type ScheduleStore } from '../../../src/tasks/schedules/schedule-store.ts'
import { Schedules } from '../../../src/tasks/schedules/schedules.ts'
import { dueTicks, everyTicks } from '../../../src/tasks/schedules/ticks.ts'
import type { TaskEnvelope } from '../../../src/tasks/task.ts'
import { until } from '../../until.ts'
import { fakeServer } from '../events/fake-server.ts'

const MINUTE = 60_000
const START = 1_000_000_007
const HOURLY = everyTicks(60 * MINUTE, START)
const HOUR = 60 * MINUTE

describe('the ticks of an interval', () => {
  it('R15: are counted from the last one, so that a restart does not put them off', () => {
    assert.equal(HOURLY.after(START), START + HOUR)
    assert.equal(HOURLY.after(START + HOUR - 1), START + HOUR)
    assert.equal(HOURLY.upTo(START + 2.5 * HOUR), START + 2 * HOUR)
    assert.deepEqual(dueTicks(HOURLY, START, START + HOUR - 1, 'all'), { ticks: [], last: START })
  })

  it('R15: that were missed are skipped, made good for by one run, or by all of them', () => {
    const now = START + 3 * HOUR + 30 * MINUTE
    const last = START + 3 * HOUR
    assert.deepEqual(dueTicks(HOURLY, START, now, 'skip'), { ticks: [], last })
    assert.deepEqual(dueTicks(HOURLY, START, now, 'once'), { ticks: [START + HOUR], last })
    const all = [1, 2, 3].map((hours) => START + hours * HOUR)
    assert.deepEqual(dueTicks(HOURLY, START, now, 'all'), { ticks: all, last })
  })

  it('R15: are not missed when they are a few seconds late', () => {
    const now = START + 3 * HOUR + 5000
    const last = START + 3 * HOUR
    assert.deepEqual(dueTicks(HOURLY, START, now, 'skip'), { ticks: [last], last })
    assert.deepEqual(dueTicks(HOURLY, START, now, 'once'), { ticks: [last], last })
  })

  it('R15: that are very many come in rounds', () => {
    const { ticks, last } = dueTicks(HOURLY, START, START + 500 * HOUR, 'all')
    assert.deepEqual([ticks.length, last], [100, START + 100 * HOUR])
  })
})

interface House {
  readonly sent: TaskEnvelope[]
  readonly clock: { now: number }
  readonly make: (nextId?: () => Promise<number>) => Schedules
}

function house(store: ScheduleStore, refuse = (): boolean => false): House {
  const sent: TaskEnvelope[] = []
  const clock = { now: START }
  let id = 0
  const add = async (task: TaskEnvelope): Promise<void> => {
    if (refuse()) throw new Error('the disk is full')
    sent.push(task)
  }
  const make = (nextId = async (): Promise<number> => ++id): Schedules =>
    new Schedules({
      store,
      tasks: { add },
      nextId,
      routes: () => ({ queues: [{ name: 'reports', sync: false }], routes: { 'tasks#daily': 'reports' } }),
      log: fakeServer().server.log,
      now: () => clock.now,
    })
  return { sent, clock, make }
}

const DAILY: ScheduleSetting = {
  name: 'daily',
  task: './tasks.ts#daily',
  payload: [{ to: 'ada' }],
  every: HOUR,
  missed: 'once',
  label: 'report',
}

describe('schedules', () => {
  it('R15: send a task when it is due, from no sender in particular, to the queue of its route', async () => {
    const { sent, clock, make } = house(new MemoryScheduleStore())
    const schedules = make()
    await schedules.set([DAILY])
    assert.equal(sent.length, 0)
    clock.now += HOUR
    await schedules.set([DAILY])
    await until(() => sent.length === 1, 'the task')
    schedules.stop()
    const [{ name, queue, sender, label, key } = {} as TaskEnvelope] = sent
    assert.deepEqual([name, queue, sender, label], ['tasks#daily', 'reports', 'schedule', 'report'])
    assert.equal(key, `tsrv:schedule:daily@${START + HOUR}`)
  })

  it('R15: go on over a restart where they were, by the missed-tick policy', async () => {
    const store = new MemoryScheduleStore()
    const { sent, clock, make } = house(store)
    const first = make()
    await first.set([DAILY, { ...DAILY, name: 'skipping', missed: 'skip' }])
    first.stop()
    clock.now += 2.5 * HOUR
    const second = make()
    await second.set([DAILY, { ...DAILY, name: 'skipping', missed: 'skip' }])
    const last = START + 2 * HOUR
    await until(async () => (await store.lastTicks()).get('skipping') === last, 'the round')
    second.stop()
    assert.deepEqual(
      sent.map(({ key }) => key),
      [`tsrv:schedule:daily@${START + HOUR}`],
    )
    assert.deepEqual(
      [...(await store.lastTicks())],
      [
        ['daily', last],
        ['skipping', last],
      ],
    )
  })

  it('R15: send a tick again under the same key when its task could not be stored', async () => {
    let isFull = true
    const { sent, clock, make } = house(new MemoryScheduleStore(), () => isFull)
    const schedules = make()
    await schedules.set([DAILY])
    clock.now += HOUR
    await schedules.set([DAILY])
    isFull = false
    clock.now += 2000
    await schedules.set([DAILY])
    await until(() => sent.length > 0, 'the task')
    schedules.stop()
    assert.deepEqual(
      sent.map(({ key }) => key),
      [`tsrv:schedule:daily@${START + HOUR}`],
    )
  })

  it('stop at once, whatever they wait for', async () => {
    const { sent, clock, make } = house(new MemoryScheduleStore())
    const ids = Promise.withResolvers<number>()
    const schedules = make(() => ids.promise)
    await schedules.set([DAILY])
    clock.now += HOUR
    await schedules.set([DAILY])
    schedules.stop()
    ids.resolve(1)
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(sent, [])
  })

  it('R15: send the task of a cron expression when it is due', async () => {
    const { sent, clock, make } = house(new MemoryScheduleStore())
    const { every: _every, ...rest } = DAILY
    clock.now = Date.UTC(2026, 2, 27, 6, 59)
    const nine = { ...rest, cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' }
    const schedules = make()
    await schedules.set([nine])
    clock.now = Date.UTC(2026, 2, 27, 8)
    await schedules.set([nine])
    await until(() => sent.length === 1, 'the task')
    schedules.stop()
    assert.deepEqual(
      sent.map(({ key }) => key),
      [`tsrv:schedule:daily@${clock.now}`],
    )
  })

  it('say what is wrong with a cron expression or its time zone', async () => {
    const { make } = house(new MemoryScheduleStore())
    const schedules = make()
    const { every: _every, ...rest } = DAILY
    for (const wrong of [
      { cron: '99 99 99 99 99' },
      { cron: '0 9 * * *', timezone: 'Europe/Nowhere' },
      { cron: '0 0 30 2 *' },
    ]) {
      const refusal = { code: 'TSRV_SCHEDULE_INVALID', message: /"daily".*(99|Nowhere|never due)/ }
      await assert.rejects(schedules.set([{ ...rest, ...wrong }]), refusal)
    }
    schedules.stop()
  })
})

describe('the ticks of a cron expression', () => {
  const day = (date: number, hour: number): number => Date.UTC(2026, 2, date, hour)

  it('R15: follow the clock of its time zone, also over a change to summer time', async () => {
    const ticks = await cronTicks('x', '0 9 * * 1-5', 'Europe/Berlin')
    assert.equal(ticks.after(day(27, 7)), day(27, 8))
    assert.equal(ticks.after(day(27, 8)), day(30, 7), 'Friday in winter, Monday in summer')
    const local = await cronTicks('x', '0 9 * * 1-5', 'UTC')
    assert.equal(local.after(day(27, 9)), day(30, 9))
  })

  it('R15: are made good for when they were missed', async () => {
    const ticks = await cronTicks('x', '0 * * * *', 'UTC')
    const now = day(27, 12) + 30 * MINUTE
    assert.deepEqual(dueTicks(ticks, day(27, 9), now, 'skip'), { ticks: [], last: now })
    assert.deepEqual(dueTicks(ticks, day(27, 9), now, 'once'), { ticks: [day(27, 10)], last: now })
    const all = [10, 11, 12].map((hour) => day(27, hour))
    assert.deepEqual(dueTicks(ticks, day(27, 9), now, 'all'), { ticks: all, last: day(27, 12) })
  })
})
