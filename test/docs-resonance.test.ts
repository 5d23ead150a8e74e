/** The project in docs/migrating/resonance.md runs, and each of its examples does what the text says. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { blocksOf, projectOf, temporary, textOf, write } from './document-blocks.ts'
import { tsrv } from './system/project.ts'
import { type LogRecord, ServerUnderTest } from './system/server-under-test.ts'
import { until } from './until.ts'

const DOCUMENT = 'docs/migrating/resonance.md'

const says = (text: string) => (record: LogRecord) => record.msg === text

describe(`the project in ${DOCUMENT}`, () => {
  it('runs each example of tasks, events, mail and timers', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    const config = path.join(folder.dir, 'tsrv.config.ts')
    write(folder.dir, 'tsrv.config.ts', readFileSync(config, 'utf8').replace("every: '5s'", "every: '1s'"))
    await using server = await ServerUnderTest.start('', { dir: folder.dir, args: ['-w', '1', '-t', '2'] })
    await server.log(says('The server has started'), 'the start event')

    const { message, stamps, taskId } = (await server.json('/task')) as Record<string, unknown>
    assert.deepEqual([message, stamps], [{ hello: 'world' }, ['greeting']])
    for (const line of ['Hello world', 'remote: noted world'])
      assert.equal((await server.log(says(line), line)).process.split(' ')[0], 'task')
    assert.equal(await resultOf(server, taskId), "'noted world'")

    const mail = 'mail to ada@example.com by postfix'
    const enqueued = (await server.json('/enqueue')) as { taskId: number }
    assert.equal(await resultOf(server, enqueued.taskId), `'${mail}'`)
    assert.equal(await server.json('/send'), mail)

    assert.equal(await server.json('/dispatch'), null)
    await server.log(says('Event with first'), 'the listener of the boot module')
    assert.deepEqual(await server.json('/collect'), [null, 'second heard'])
    await server.log(says('5 seconds passed'), 'the schedule')

    // The command of the text, as a shell would split it.
    const [, command = ''] = /`tsrv (task run [^`]+)`/.exec(textOf(DOCUMENT)) ?? []
    const words = command.split(' ').map((word) => word.replaceAll("'", ''))
    assert.match((await tsrv(folder.dir, words)).stdout, /mail to ada@example\.com by postfix/)
    const minute = await tsrv(folder.dir, ['task', 'run', 'src/tasks#everyMinute'])
    assert.equal(minute.code, 0)
    await server.log(says('minute passed'), 'the task of the cron expression')
  })

  it('shows its observable task in the task log', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    await using server = await ServerUnderTest.start('', { dir: folder.dir, args: ['-w', '1', '-t', '1'] })
    const id = await server.json('/observe')
    await until(async () => {
      const { stdout } = await tsrv(folder.dir, ['task', 'list', '--where', 'category=test_tasks', '--json'])
      const [task] = (JSON.parse(stdout) as { tasks: Record<string, unknown>[] }).tasks
      if (task?.['status'] !== 'completed') return false
      assert.deepEqual([task['id'], task['name']], [id, 'test'])
      assert.deepEqual(task['progress'], { message: 'step 3', completion: 3, target: 3 })
      return true
    }, 'its record')
  })

  it('R9, R11: starts by the settings of Resonance', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    rmSync(path.join(folder.dir, 'tsrv.config.ts'))
    write(folder.dir, 'config.ini', blocksOf(DOCUMENT).find(({ language }) => language === 'ini')?.text ?? '')
    await using server = await ServerUnderTest.start('', { dir: folder.dir, args: ['-w', '1'] })
    assert.equal((await server.status()).tasks?.lanes.length, 4)
    await server.json('/task')
    await server.log(says('Hello world'), 'the handler')
    await server.log(({ event }) => event === 'request', 'the record that log_requests asks for')
  })
})

async function resultOf(server: ServerUnderTest, taskId: unknown): Promise<unknown> {
  let shown: Record<string, unknown> = {}
  await until(async () => {
    const { stdout } = await tsrv(server.dir, ['task', 'show', String(taskId), '--json'])
    shown = JSON.parse(stdout) as typeof shown
    return shown['status'] === 'completed'
  }, 'the end of the task')
  return shown['result']
}
