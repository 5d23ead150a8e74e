/** The helper for users' tests: the whole task path in this thread, on a clock of its own. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { beforeEach, describe, it } from 'node:test'
import { server, ServiceBasedTask, Task, TsrvError } from '../../../src/index.ts'
import { TestServer, type TestServerOptions } from '../../../src/testing.ts'
import { said } from '../../fixtures/testing-app/container.ts'
import {
  againAndAgain,
  countDown,
  hang,
  ResizeImage,
  shout,
  UserCreated,
} from '../../fixtures/testing-app/tasks.ts'

const KEY = './tasks.ts#UserCreated'
const CONFIG = {
  tasks: { modules: './tasks.ts' },
  container: './container.ts',
  listeners: { TaskFinishEvent: './listeners.ts#finished' },
}

function start({ config = CONFIG, ...options }: TestServerOptions = {}): Promise<TestServer> {
  const root = path.join(import.meta.dirname, '../../fixtures/testing-app')
  return TestServer.start({ root, config, ...options })
}

describe('a TestServer', () => {
  beforeEach(() => said.splice(0))

  it('keeps tasks until they are drained, and shows them as the task worker will get them', async () => {
    await using app = await start()
    const sent = new ResizeImage('cat.png')
    const id = server.task(sent, { priority: 3, label: 'cat' })
    server.task({ plain: true })
    assert.deepEqual(
      app.queued.map(({ data, name, options }) => [data, name, options]),
      [
        [sent, 'tasks#ResizeImage', { priority: 3, label: 'cat' }],
        [{ plain: true }, 'object', {}],
      ],
    )
    assert.notEqual(app.queued[0]?.data, sent, 'it has travelled')
    assert.deepEqual(app.queuedOf(ResizeImage), [sent])
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(app.queued.length, 2, 'nothing runs by itself')
    const reports = await app.drain()
    assert.deepEqual(
      reports.map(({ state, value }) => [state, value]),
      [
        ['completed', `cat.png#${id}`],
        ['failed', undefined],
      ],
    )
    assert.ok(reports[1]?.error instanceof TsrvError && reports[1].error.code === 'TSRV_TASK_UNHANDLED')
    assert.deepEqual([app.queued, app.sent.length], [[], 2])
  })

  it('refuses at the call what cannot travel', async () => {
    await using app = await start()
    assert.equal(app.server, server)
    assert.throws(() => server.task({ a: { b: () => {} } }), {
      code: 'TSRV_TASK_NOT_SERIALISABLE',
      message: /\$\.a\.b/,
    })
  })

  it('drains tasks that tasks send, and has told the finish listeners by then', async () => {
    await using app = await start()
    server.task(new Task(countDown, 3))
    assert.deepEqual(
      (await app.drain()).map(({ value }) => value),
      [3, 2, 1, 0],
    )
    assert.deepEqual(said, ['finished 1: 3', 'finished 2: 2', 'finished 3: 1', 'finished 4: 0'])
  })

  it('runs each task as soon as it is sent with inline', async () => {
    await using app = await start({ inline: true })
    assert.equal(await server.taskWait(new Task(shout, 'hello')), 'HELLO')
    await assert.rejects(server.taskWait(new Task(shout, 'fail')), TypeError)
    assert.equal(app.sent.length, 2)
  })

  it('has a clock that stands until it is advanced', async () => {
    await using app = await start({ now: new Date('2030-01-01T00:00:00Z') })
    server.task(new Task(shout, 'later'), { delay: '1h' })
    assert.deepEqual(await app.drain(), [])
    await app.advance('59m')
    assert.deepEqual(await app.drain(), [])
    assert.equal(app.queued.length, 1)
    await app.advance('1m')
    assert.equal(new Date(app.now).toISOString(), '2030-01-01T01:00:00.000Z')
    assert.deepEqual(
      (await app.drain()).map(({ value }) => value),
      ['LATER'],
    )
  })

  it('runs what has become due when the clock of an inline one is advanced', async () => {
    await using app = await start({ inline: true })
    const { done } = server.submit(new Task(shout, 'later'), { delay: 60_000 })
    await app.advance('1m')
    assert.equal((await done).value, 'LATER')
  })

  it('repeats a failed attempt after its pause on that clock', async () => {
    await using app = await start()
    server.task(new Task(shout, 'fail'), { attempts: 2, backoff: { kind: 'fixed', delay: '10s' } })
    assert.deepEqual(await app.drain(), [])
    await app.advance('10s')
    assert.deepEqual(
      (await app.drain()).map(({ state, attempt }) => [state, attempt]),
      [['failed', 2]],
    )
  })

  it('reports duplicates and cancelled tasks as well', async () => {
    await using app = await start()
    const first = server.task(new Task(shout, 'one'), { key: 'once' })
    const second = server.task(new Task(shout, 'two'), { key: 'once' })
    const third = server.task(new Task(shout, 'three'))
    assert.equal(await server.cancel(third), true)
    await app.drain()
    assert.deepEqual(
      app.reports
        .map(({ id, state }) => [id, state])
        .toSorted(([one], [other]) => Number(one) - Number(other)),
      [
        [first, 'completed'],
        [second, 'duplicate'],
        [third, 'cancelled'],
      ],
    )
  })

  it('names the tasks that do not end', async () => {
    await using app = await start()
    server.task(new Task(hang))
    await assert.rejects(app.drain({ timeout: 50 }), {
      code: 'TSRV_TASKS_NOT_DRAINED',
      message: 'After 50 ms these tasks have not ended: 1 (tasks#hang).',
    })
  })

  it('gives up on tasks that send each other for ever', async () => {
    await using app = await start()
    server.task(new Task(againAndAgain))
    await assert.rejects(app.drain({ timeout: 50 }), { code: 'TSRV_TASKS_NOT_DRAINED' })
  })

  it('T8: runs the tasks of a sync queue at once, and waits for those that nobody awaits', async () => {
    const tasks = { ...CONFIG.tasks, queues: [{ name: 'now', sync: true }] }
    await using app = await start({ config: { ...CONFIG, tasks } })
    const { report } = await server.queue('now').createTask(shout, ['hello'])
    assert.equal(report?.data, 'HELLO')
    server.task(new Task(shout, 'fail'), { queue: 'now' })
    assert.deepEqual(
      (await app.drain()).map(({ state }) => state),
      ['failed'],
    )
    assert.deepEqual(
      app.sent.map(({ data }) => data),
      [new Task(shout, 'hello'), new Task(shout, 'fail')],
    )
    assert.deepEqual([app.queued, app.reports.length], [[], 2])
    assert.deepEqual(said.slice(-2), ['finished 1: HELLO', 'finished 2: cannot shout'])
  })

  it('drains while a test runner has replaced the timers', async (t) => {
    await using app = await start()
    t.mock.timers.enable()
    server.task(new Task(shout, 'hello'))
    assert.equal((await app.drain()).length, 1)
  })

  it('is one per process, and leaves nothing behind when it is stopped', async () => {
    const first = await start()
    await assert.rejects(start(), { code: 'TSRV_TEST_SERVER_RUNNING' })
    await first.stop()
    await first.stop()
    assert.throws(() => server.task(1), { code: 'TSRV_NOT_RUNNING' })
    await (await start()).stop()
  })

  it('reports a wrong config, and can be started again after it', async () => {
    // @ts-expect-error a setting that does not exist
    await assert.rejects(start({ config: { taskz: {} } }), { code: 'TSRV_CONFIG_INVALID', message: /taskz/ })
    await assert.rejects(start({ config: { boot: './nowhere.ts' } }), { code: 'TSRV_MODULE_FAILED' })
    await (await start()).stop()
  })
})

describe('services and listeners in a TestServer', () => {
  beforeEach(() => said.splice(0))

  it('end in the opposite order in which they were made', async () => {
    const app = await start()
    server.task(new ServiceBasedTask('newsletter', new UserCreated('ada')))
    const [report] = await app.drain()
    assert.equal(report?.value, 'sent to ada')
    await app.stop()
    assert.deepEqual(said.slice(-2), ['newsletter ends', 'mailer ends'])
  })

  it('end also when a listener of WorkerStopEvent throws, which the test hears of', async () => {
    const listeners = { WorkerStopEvent: './listeners.ts#refuse' }
    const app = await start({ config: { ...CONFIG, listeners } })
    app.services.get('newsletter')
    await assert.rejects(app.stop(), /not yet/)
    assert.deepEqual(said.slice(-2), ['newsletter ends', 'mailer ends'])
    await (await start()).stop()
  })

  it('are what server.container has', async () => {
    await using app = await start()
    assert.equal(server.container.get('mailer'), app.services.get('mailer'))
    assert.deepEqual([server.container.has('mailer'), server.container.has('nobody')], [true, false])
    assert.throws(() => server.container.get('nobody'), {
      code: 'TSRV_SERVICE_MISSING',
      message: /^The container has no service "nobody": it has server, events, mailer, newsletter, /,
    })
  })

  it('are not there yet in a boot module, which says so', async () => {
    const config = { ...CONFIG, boot: './early.ts', listeners: {} }
    await assert.rejects(start({ config }), {
      message:
        /its function threw: The container has no service "mailer": it is loaded after the boot modules\.$/,
    })
  })

  it('behaviours 48, 50: a deferred service is one ServiceBasedTask, and running it sends no second one', async () => {
    const listeners = { [KEY]: { listener: 'newsletter', deferred: true } }
    await using app = await start({ config: { ...CONFIG, listeners } })
    const event = new UserCreated('ada')
    assert.equal(await server.events.dispatch(event), event)
    assert.deepEqual(said, [], 'nothing ran here')
    assert.deepEqual(
      app.queued.map(({ data }) => data),
      [new ServiceBasedTask('newsletter', event)],
    )
    assert.equal((await app.drain())[0]?.value, 'sent to ada')
    assert.equal(app.sent.length, 1)
  })

  it('behaviours 48, 50: so is a service that the container itself defers, whoever calls it', async () => {
    await using app = await start({ config: { ...CONFIG, listeners: { [KEY]: 'lazyNewsletter' } } })
    const event = new UserCreated('ada')
    await server.events.dispatch(event)
    const lazy = app.services.get('lazyNewsletter') as (event: UserCreated) => void
    lazy(event)
    const queued = new ServiceBasedTask('lazyNewsletter', event)
    assert.deepEqual(
      app.queued.map(({ data }) => data),
      [queued, queued],
    )
    await app.drain()
    assert.deepEqual(said, ['mail to ada', 'mail to ada'])
    assert.equal(app.sent.length, 2)
  })

  it('run a listener that its module defers as a task', async () => {
    await using app = await start({ config: { ...CONFIG, listeners: { [KEY]: './listeners.ts#welcome' } } })
    await server.events.dispatch(new UserCreated('ada'))
    assert.deepEqual([app.queued.length, said.length], [1, 0])
    await app.drain()
    assert.deepEqual([app.sent.length, said], [1, ['welcome ada']])
  })

  it('share one dispatcher with the container and the server', async () => {
    await using app = await start({ config: { ...CONFIG, listeners: {} } })
    const heard: unknown[] = []
    server.events.on(UserCreated, (event) => heard.push(event))
    const event = new UserCreated('ada')
    server.task(new ServiceBasedTask('signUp', event))
    await app.drain()
    assert.deepEqual(heard, [event])
    assert.deepEqual(said, ['sign-up in http 0'])
  })

  it("36–38: run handlers of server.on('task' | 'finish') with positional parameters", async () => {
    await using app = await start({ config: { ...CONFIG, boot: ['./boot.ts'], listeners: {} } })
    for (const old of ['value', 'finish', null, undefined]) server.task({ old })
    server.task(new Task(shout, 'hello'))
    await app.drain()
    assert.deepEqual(said, [
      'boot',
      'on finish 1: value',
      'on finish 2: finished 2 of 0',
      'on finish 5: HELLO',
    ])
    assert.deepEqual(
      app.reports.map(({ state }) => state),
      Array.from({ length: 5 }, () => 'completed'),
    )
  })
})
