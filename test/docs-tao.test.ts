/** The project in docs/migrating/tao.md runs, and each of its examples does what the text says. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blocksOf, projectOf, temporary, textOf } from './document-blocks.ts'
import { tsrv } from './system/project.ts'
import { ServerUnderTest } from './system/server-under-test.ts'
import { until } from './until.ts'
import type { ListedTask, TaskListing } from '../src/wire/task-questions.ts'

const DOCUMENT = 'docs/migrating/tao.md'

interface Sent {
  readonly id: number
  readonly queue: string
  readonly isEnqueued: boolean
  readonly report?: unknown
}

/** The words of a command, as a shell would split them. */
function wordsOf(command: string): string[] {
  return [...command.replace(/^tsrv /, '').matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word)
}

describe(`the project in ${DOCUMENT}`, () => {
  it('runs each example of queues, actions, children, remote tasks, owners and migrations', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    await using server = await ServerUnderTest.start('', { dir: folder.dir, withPackages: true })
    const sent = async (path: string): Promise<Sent> => (await server.json(path)) as Sent
    const cli = async (command: string): Promise<string> => {
      const { stdout, stderr, code } = await tsrv(folder.dir, wordsOf(command))
      assert.equal(code, 0, stderr)
      return stdout
    }
    const list = async (...where: string[]): Promise<readonly ListedTask[]> => {
      const conditions = where.flatMap((condition) => ['--where', condition])
      const { stdout } = await tsrv(folder.dir, ['task', 'list', '--json', ...conditions])
      return (JSON.parse(stdout) as TaskListing).tasks
    }
    const ended = async (id: number): Promise<ListedTask> => {
      let found: ListedTask | undefined
      await until(async () => {
        ;[found] = await list(`id=${id}`)
        return found?.finishedAt !== undefined
      }, `the end of task ${id}`)
      return found!
    }

    const scored = await sent('/enqueue')
    assert.deepEqual([scored.queue, scored.isEnqueued], ['standard', true])
    const { status, label, name } = await ended(scored.id)
    assert.deepEqual([status, label, name], ['completed', 'Score a delivery', 'src/tasks#ScoreDelivery'])

    const published = await sent('/create')
    assert.equal(published.queue, 'priority')
    assert.equal((await ended(published.id)).owner, 'Zoé')
    assert.match(await cli(`tsrv task show ${published.id}`), /Publié/)
    assert.deepEqual(await server.json('/wait'), {
      type: 'success',
      message: 'Published',
      data: 'https://tao.example/deliveries/1',
    })

    const imported = await sent('/import')
    assert.deepEqual([imported.queue, imported.isEnqueued], ['now', false])
    assert.deepEqual(imported.report, {
      type: 'info',
      message: 'In the request',
      children: [
        { type: 'success', message: 'a' },
        { type: 'error', message: 'An empty row' },
      ],
    })
    assert.equal((await ended(imported.id)).status, 'failed')
    const more = await sent('/import-more')
    assert.deepEqual([more.queue, (await ended(more.id)).status], ['background', 'completed'])

    const files = await sent('/import-files')
    const { status: end, reason } = await ended(files.id)
    assert.deepEqual([end, reason], ['failed', 'child_failed'])
    const children = await list(`parentId=${files.id}`)
    assert.deepEqual(
      new Set(children.map((child) => `${child.label} ${child.queue} ${child.status}`)),
      new Set(['x.csv standard completed', 'y.csv standard failed']),
    )

    assert.deepEqual(await server.json('/remote'), { type: 'success', message: 'Built' })
  })

  it('T39: works through all chunks of a migration, each a task of its own', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    await using server = await ServerUnderTest.start('', { dir: folder.dir, withPackages: true })
    const [, command = ''] = /`(tsrv task run relate-items [^`]+)`/.exec(textOf(DOCUMENT)) ?? []
    const { stdout, code } = await tsrv(server.dir, [...wordsOf(command), '--json'])
    assert.equal(code, 0)
    const { id } = JSON.parse(stdout) as { id: number }
    let chunks: readonly ListedTask[] = []
    await until(async () => {
      const listed = await tsrv(server.dir, ['task', 'list', '--json', '--where', 'name=relate-items'])
      chunks = (JSON.parse(listed.stdout) as TaskListing).tasks.toReversed()
      return chunks.length === 3 && chunks.every(({ status }) => status === 'completed')
    }, 'the chunks')
    assert.deepEqual(
      chunks.map(({ parentId }) => parentId),
      [undefined, id, chunks[1]?.id],
    )
  })

  it('T30, T31: has its commands', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    await using server = await ServerUnderTest.start('', { dir: folder.dir, withPackages: true })
    const ran = await tsrv(
      server.dir,
      wordsOf(/`(tsrv task run src\/actions#publish [^`]+1"')`/.exec(textOf(DOCUMENT))?.[1] ?? ''),
    )
    assert.deepEqual([ran.code, ran.stderr], [0, ''])
    assert.match(ran.stdout, /Published/)
    const score = (delivery: string): ReturnType<typeof tsrv> =>
      tsrv(server.dir, ['task', 'run', 'src/tasks#ScoreDelivery', JSON.stringify({ delivery })])
    assert.match((await score('https://tao.example/deliveries/1')).stdout, /Scored https:/)
    assert.match((await score('nowhere')).stdout, /The input of ScoreDelivery is invalid: \$\.delivery: /)
    const search =
      blocksOf(DOCUMENT)
        .find(({ language }) => language === 'sh')
        ?.text.split('\n')[1] ?? ''
    const found = await tsrv(server.dir, wordsOf(search))
    assert.deepEqual([found.code, JSON.parse(found.stdout)], [0, { tasks: [] }])

    // A task that nobody runs is what TAO calls stuck.
    assert.equal((await tsrv(server.dir, ['queue', 'pause', 'standard'])).code, 0)
    const { id } = (await server.json('/enqueue')) as Sent
    const [, stuck = ''] = /\| `(tsrv task list --status enqueued [^`]+)`/.exec(textOf(DOCUMENT)) ?? []
    const words = wordsOf(stuck.replace('-5m', '-0s').replace(/name=\S+/, 'name=src/tasks#ScoreDelivery'))
    await until(async () => {
      const { stdout } = await tsrv(server.dir, [...words, '--json'])
      return (JSON.parse(stdout) as TaskListing).tasks.some((task) => task.id === id)
    }, 'the task that waits')

    const work = tsrv(
      server.dir,
      wordsOf(/`(tsrv work 5 --queue [^`]+)`/.exec(textOf(DOCUMENT))?.[1] ?? '').map((word) =>
        word === '5' ? '1' : word,
      ),
    )
    await until(async () => (await server.status()).tasks?.workers === 3, 'the lane of its own')
    assert.equal((await tsrv(server.dir, ['queue', 'resume', 'standard'])).code, 0)
    const { code, stdout } = await work
    assert.equal(code, 0)
    const news = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; id?: number })
    assert.deepEqual(
      news.filter(({ event }) => event === 'finished').map((one) => one.id),
      [id],
    )
  })
})
