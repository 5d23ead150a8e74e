import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { answers, WatchedServer } from './watched-server.ts'

const config = (settings: object): string => `export default ${JSON.stringify(settings)}`

/** Tasks return this, and the thread that ran them. */
const task = (text: string): string =>
  `import { threadId } from 'node:worker_threads'\nexport default () => '${text} ' + threadId`

const sends = (text: string): string => `import { server } from '@tsrv/server'
  export default async (request: Request) =>
    new Response(new URL(request.url).pathname === '/task' ? await server.taskWait(1) : '${text}')`

describe('a change in watch mode', () => {
  it('of the app alone leaves the task workers, and one of a task alone the HTTP workers as they are', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      files: {
        'app.ts': sends('one'),
        'task.ts': task('old'),
        'tsrv.config.ts': config({ workers: 1, taskWorkers: 1, listeners: { TaskEvent: './task.ts' } }),
      },
    })
    const pid = await watched.pid()
    const before = await watched.text('/task')
    assert.match(before, /^old \d+$/)
    watched.save('task.ts', task('new'))
    assert.deepEqual(await watched.reloaded(), ['task.ts'])
    const after = await watched.text('/task')
    assert.match(after, /^new \d+$/)
    assert.equal(await watched.pid(), pid)
    watched.save('app.ts', sends('two'))
    assert.deepEqual(await watched.reloaded(), ['app.ts'])
    assert.deepEqual([await watched.text(), await watched.text('/task')], ['two', after])
    assert.notEqual(await watched.pid(), pid)
  })

  it('that breaks a task keeps the last good one, until it is mended', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      files: {
        'app.ts': sends('one'),
        'task.ts': task('good'),
        'tsrv.config.ts': config({ workers: 1, taskWorkers: 1, listeners: { TaskEvent: './task.ts' } }),
      },
    })
    watched.save('inner.ts', 'export const broken = ')
    watched.save('task.ts', `import './inner.ts'\n${task('bad')}`)
    assert.match(await watched.failed(), /task workers: .*inner\.ts/)
    assert.match(await watched.text('/task'), /^good/)
    watched.save('inner.ts', '')
    assert.deepEqual(await watched.reloaded(), ['inner.ts'])
    assert.match(await watched.text('/task'), /^bad/)
  })

  it('brings a new task module to all workers together with the app that uses it', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      files: {
        'app.ts': answers('one'),
        'tsrv.config.ts': config({ workers: 1, taskWorkers: 1, tasks: { modules: ['tasks/*.ts'] } }),
      },
    })
    watched.save(
      'tasks/double.ts',
      `import { defineTask } from '@tsrv/server'
       export const double = defineTask({ name: 'double', run: (n: number) => 2 * n })`,
    )
    watched.save(
      'app.ts',
      `import { double } from './tasks/double.ts'
       export default async () => new Response(String(await double.run(21)))`,
    )
    await watched.reloaded()
    assert.equal(await watched.text(), '42')
  })

  it('of the module of a service starts that anew', async () => {
    const service = (text: string): string =>
      `import { server } from '@tsrv/server'
       export default () => { server.log.info({ event: 'service-says' }, '${text}'); setInterval(() => {}, 1000) }`
    await using watched = await WatchedServer.start('plain-app', {
      files: {
        'ticker.ts': service('one'),
        'tsrv.config.ts': config({ workers: 1, services: { ticker: './ticker.ts' } }),
      },
    })
    await watched.server.log(({ msg }) => msg === 'one', 'the service')
    watched.save('ticker.ts', service('two'))
    assert.deepEqual(await watched.reloaded(), ['ticker.ts'])
    await watched.server.log(({ msg }) => msg === 'two', 'its new code')
  })

  it('mends at once a worker that dies again and again', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      args: ['-w', '1', '-o', 'processes.maxRestarts=2'],
      files: { 'app.ts': answers('one') },
    })
    watched.save('app.ts', `${answers('dies')}\nsetTimeout(() => { throw new Error('after all') }, 100)`)
    await until(async () => (await watched.server.status()).state === 'unhealthy', 'too many deaths')
    watched.save('app.ts', answers('mended'))
    const savedAt = performance.now()
    await until(async () => (await watched.text().catch(() => '')) === 'mended', 'new code')
    assert.ok(performance.now() - savedAt < 20_000, 'the pause of 30 s was not waited for')
  })
})
