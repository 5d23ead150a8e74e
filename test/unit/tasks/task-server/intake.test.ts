import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TsrvError } from '../../../../src/errors.ts'
import type { Logger } from '../../../../src/server.ts'
import { MemoryBroker } from '../../../../src/tasks/brokers/memory.ts'
import type { SenderLine } from '../../../../src/tasks/task-server/report-desk.ts'
import { Intake } from '../../../../src/tasks/task-server/intake.ts'
import { LogBook } from '../../../../src/tasks/task-server/log-book.ts'
import { MemoryTaskLog } from '../../../../src/tasks/task-log/memory.ts'
import { claimedIds, newTask } from '../../../contract/broker/stage.ts'
import { until } from '../../../until.ts'

describe('the intake', () => {
  it('T5: keeps the order of tasks over a full disk, with one complaint at a time, and their records', async (t) => {
    const { intake, broker, taskLog, isFull, errors, emptied } = open(t)
    isFull(true)
    for (let id = 1; id <= 20; id++) {
      intake.add({ task: newTask(id) })
      intake.flush()
    }
    await until(() => errors() > 0, 'a complaint')
    for (let id = 21; id <= 40; id++) {
      intake.add({ task: newTask(id) })
      intake.flush()
    }
    const spilled = intake.keep([newTask(41)])
    assert.ok(errors() <= 2, `${errors()} complaints`)
    assert.equal(emptied(), 0)
    isFull(false)
    assert.equal(await spilled, true)
    await until(() => intake.isEmpty, 'all tasks')
    assert.deepEqual(
      await claimedIds(broker),
      Array.from({ length: 41 }, (_, index) => index + 1),
    )
    assert.equal(emptied(), 1)
    assert.ok((await taskLog.get(1)) !== undefined && (await taskLog.get(41)) !== undefined)
  })

  it('leaves to senders what another task server is to have, and takes what comes from within', async (t) => {
    const { intake, broker } = open(t)
    const answers: unknown[] = []
    const line = { send: (message: unknown) => answers.push(message) } as unknown as SenderLine
    intake.add({ task: newTask(1), line })
    await until(() => intake.isEmpty, 'the task')
    intake.closeToSenders()
    intake.add({ task: newTask(2), line })
    intake.add({ task: newTask(3) })
    await until(() => intake.isEmpty, 'the tasks')
    assert.deepEqual(await claimedIds(broker), [1, 3])
    assert.deepEqual(answers, [{ type: 'accepted', id: 1 }])
  })

  it('says so when nothing is on its way in any more, also after what is left by others', async (t) => {
    const { intake, emptied } = open(t)
    intake.add({ task: newTask(1) })
    await until(() => emptied() === 1, 'the task')
    assert.equal(await intake.keep([newTask(2)]), true)
    assert.equal(emptied(), 2)
  })
})

interface TestContext {
  after(end: () => void): void
}

function open(t: TestContext) {
  const [broker, taskLog] = [new MemoryBroker(), new MemoryTaskLog()]
  let [isFull, errors, emptied] = [false, 0, 0]
  const full = new TsrvError('BROKER_UNAVAILABLE', {
    broker: 'memory',
    place: 'nowhere',
    reason: 'it is full',
  })
  const fillable = new Proxy(broker, {
    get: (target, name) => {
      if (name === 'enqueue' && isFull) return async () => Promise.reject(full)
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
  const log = { error: () => errors++, warn() {} } as unknown as Logger
  const book = new LogBook({ now: Date.now, taskLog, log, keep: { age: 60_000, count: 100 } })
  const intake = new Intake({
    broker: fillable,
    book,
    log,
    onStored: () => {},
    onKnown: () => {},
    onRefused: () => {},
    onEmpty: () => emptied++,
  })
  t.after(() => {
    intake.close()
    book.close()
  })
  return {
    intake,
    broker,
    taskLog,
    isFull: (full: boolean) => (isFull = full),
    errors: () => errors,
    emptied: () => emptied,
  }
}
