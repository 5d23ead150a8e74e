/** The application of docs/tasks.md with queues, reports, children and schedules, and the commands about them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { ListedTask, QueueListing, TaskListing } from '../../src/wire/task-questions.ts'
import { blocksOf } from '../document-blocks.ts'
import { until } from '../until.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

/** The files of the section, by their names. */
const FILES = Object.fromEntries(
  blocksOf('docs/tasks.md').flatMap(({ text }) => {
    const name = /^\/\/ queues\/([\w./-]+)\n/.exec(text)?.[1]
    return name === undefined ? [] : [[name, text]]
  }),
)
const EMPTY = fileURLToPath(new URL('../fixtures/no-app', import.meta.url))

async function json<Answer>(server: ServerUnderTest, ...args: readonly string[]): Promise<Answer> {
  const { stdout, stderr, code } = await tsrv(server.dir, [...args, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Answer
}

async function task(server: ServerUnderTest, ...where: readonly string[]): Promise<ListedTask | undefined> {
  const conditions = where.flatMap((condition) => ['--where', condition])
  return (await json<TaskListing>(server, 'task', 'list', ...conditions)).tasks[0]
}

describe('the application of docs/tasks.md', () => {
  it('T8, T16: answers with the report of a task of a sync queue', async () => {
    await using server = await ServerUnderTest.start(EMPTY, { files: FILES })
    const sound = await server.request('/check?row=ada@example.com')
    assert.deepEqual(
      [sound.status, JSON.parse(sound.text)],
      [
        200,
        {
          type: 'info',
          message: 'Importing 1 users',
          children: [{ type: 'success', message: 'Imported', data: 'ada@example.com' }],
        },
      ],
    )
    const wrong = await server.request('/check?row=ada')
    assert.equal(wrong.status, 422)
    const later = (await server.json('/wait?row=ada')) as { children: unknown[] }
    assert.deepEqual(later.children, [{ type: 'error', message: 'No address', data: 'ada' }])
  })

  it('T8: has the handlers of tasks.handlers in the process that runs a sync queue', async () => {
    await using server = await ServerUnderTest.start(EMPTY, {
      files: {
        'tsrv.config.ts': `export default {
          workers: 1, taskWorkers: 1, app: './app.ts',
          tasks: { modules: './ping.ts', handlers: './heavy.ts', queues: [{ name: 'now', sync: true }] },
        }`,
        'ping.ts': 'export class Ping {}',
        'heavy.ts': `
          import { handles, server } from '@tsrv/server'
          import { Ping } from './ping.ts'
          export const pong = handles(Ping, () => server.role)`,
        'app.ts': `
          import { server } from '@tsrv/server'
          import { Ping } from './ping.ts'
          const run = async (queue) => (await (await server.queue(queue).enqueue(new Ping())).done).value
          export default { fetch: async () => Response.json([await run('now'), await run()]) }`,
      },
    })
    assert.deepEqual(await server.json('/'), ['http', 'task'])
  })

  it('T20: shows a task with parts as they end', async () => {
    await using server = await ServerUnderTest.start(EMPTY, { files: FILES })
    const id = await server.json('/?row=ada&row=bob')
    await until(async () => (await task(server, `id=${String(id)}`))?.status === 'completed', 'the parent')
    const { tasks } = await json<TaskListing>(server, 'task', 'list', '--where', `parentId=${String(id)}`)
    assert.deepEqual(
      tasks
        .map(({ queue, label, status }) => `${queue} ${label} ${status}`)
        .toSorted((one, other) => (one < other ? -1 : 1)),
      ['mail ada completed', 'mail bob completed'],
    )
  })

  it('T27, T30: pauses and resumes a queue; what is run by name waits and then runs', async () => {
    await using server = await ServerUnderTest.start(EMPTY, { files: FILES })
    assert.match((await tsrv(server.dir, ['queue', 'pause', 'mail'])).stdout, /Queue mail is paused/)
    const { id } = await json<{ id: number }>(
      server,
      'task',
      'run',
      './users.ts#remind',
      '"ada"',
      '--no-wait',
    )
    const { queues } = await json<QueueListing>(server, 'queue', 'list')
    assert.deepEqual(
      queues.map(({ name, weight, ready, isPaused, sync }) => [name, weight, ready, isPaused, sync]),
      [
        ['default', 1, 0, false, false],
        ['mail', 5, 1, true, false],
        ['import', 1, 0, false, false],
        ['now', 1, 0, false, true],
      ],
    )
    const ran = await tsrv(server.dir, ['task', 'run', 'users#cleanUp'])
    assert.deepEqual([ran.code, ran.stderr], [0, ''])
    assert.match((await tsrv(server.dir, ['queue', 'resume', 'mail'])).stdout, /Queue mail goes on/)
    await until(async () => (await task(server, `id=${id}`))?.status === 'completed', 'the paused task')
    const unknown = await tsrv(server.dir, ['queue', 'pause', 'nobody'])
    assert.deepEqual([unknown.code, unknown.stdout], [1, ''])
    assert.match(unknown.stderr, /no queue "nobody".*default, mail, import, now/)
    const sync = await tsrv(server.dir, ['queue', 'pause', 'now'])
    assert.deepEqual([sync.code, sync.stdout], [1, ''])
    assert.match(sync.stderr, /Queue "now" is a sync queue.*tsrv queue pause has nothing to do there/)
  })

  it('R15: sends the task of a schedule once, with two HTTP workers, and goes on after a restart', async () => {
    const config = FILES['tsrv.config.ts']?.replace("'1h'", "'1s'") ?? ''
    await using server = await ServerUnderTest.start(EMPTY, { files: { ...FILES, 'tsrv.config.ts': config } })
    const sent = async (): Promise<readonly ListedTask[]> =>
      (await json<TaskListing>(server, 'task', 'list', '--where', 'name=users#cleanUp')).tasks
    await until(async () => (await sent()).length >= 1, 'the first task')
    const before = await server.pidOf('tasks')
    assert.ok(before > 0)
    process.kill(before, 'SIGKILL')
    await until(async () => {
      const { workers } = await server.status()
      return workers.some(({ role, pid, state }) => role === 'tasks' && pid !== before && state === 'ready')
    }, 'another task server')
    const known = (await sent()).length
    await until(async () => (await sent()).length > known + 1, 'tasks of the other task server')
    const seconds = (await sent()).map(({ createdAt }) => Math.round(createdAt / 1000))
    assert.ok((await sent()).every(({ sender }) => sender === 'schedule'))
    assert.ok(new Set(seconds).size >= seconds.length - 1, `about one a second: ${seconds.join(' ')}`)
  })

  it('R15: sends the task of a cron expression', async () => {
    const config =
      FILES['tsrv.config.ts']?.replace("every: '1h'", "cron: '* * * * * *', timezone: 'Asia/Tokyo'") ?? ''
    assert.match(config, /cron/)
    await using server = await ServerUnderTest.start(EMPTY, { files: { ...FILES, 'tsrv.config.ts': config } })
    await until(
      async () => (await task(server, 'name=users#cleanUp', 'status=completed')) !== undefined,
      'a task',
    )
  })
})
