/** The project in docs/migrating/mezzio-swoole.md runs, and each of its examples does what the text says. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { blocksOf, projectOf, temporary, write } from './document-blocks.ts'
import { type LogRecord, ServerUnderTest } from './system/server-under-test.ts'

const DOCUMENT = 'docs/migrating/mezzio-swoole.md'
const ONE_OF_EACH = ['-w', '1', '-t', '1']

describe(`the project in ${DOCUMENT}`, () => {
  it('runs each example, and every listener hears of it', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    await using server = await ServerUnderTest.start('', { dir: folder.dir, args: ONE_OF_EACH })
    const endOf = (id: unknown): Promise<LogRecord> =>
      server.log(({ msg, taskId }) => msg === 'Task finished' && taskId === id, "the task's end")
    const results = {
      '/mail': 'mail to ada@example.com',
      '/event': { processed: true },
      '/task': 'hello world, processed',
      '/own': 'The shop has order 7',
    }
    for (const [route, result] of Object.entries(results)) {
      assert.deepEqual((await endOf(await sent(server, route)))['data'], result, route)
    }
    await endOf(await sent(server, '/service'))
    assert.deepEqual(await sent(server, '/dispatch'), { message: 'hello world' })
    assert.equal(await sent(server, '/shop'), 'The shop')
    const said = (text: string): LogRecord[] => server.logs.filter(({ msg }) => msg === text)
    await server.log(() => said('Task finished').length === 6, 'the end of the deferred listener')
    await server.stop()
    assert.equal(said('Task begins').length, 6)
    assert.deepEqual(
      said('Message: hello world').map((record) => record.process),
      ['task 0', 'task 0'],
    )
  })

  it('runs in the style of version 2, by the settings of Swoole', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    rmSync(path.join(folder.dir, 'tsrv.config.ts'))
    const ini = blocksOf(DOCUMENT).find(({ language }) => language === 'ini')
    write(folder.dir, 'config.ini', ini?.text ?? '')
    await using server = await ServerUnderTest.start('', { dir: folder.dir, args: ONE_OF_EACH })
    const id = String(await sent(server, '/event'))
    const { sourceWorkerId } = await server.log(
      ({ msg }) => msg === `Starting work on task ${id}`,
      'the begin',
    )
    assert.equal(sourceWorkerId, 0)
    await server.log(({ msg }) => msg === `Task #${id} has finished processing`, 'the end')
    assert.equal(server.logs.filter(({ msg }) => msg === 'Notified').length, 1)
  })
})

async function sent(server: ServerUnderTest, route: string): Promise<unknown> {
  const { status, text } = await server.request(route)
  assert.equal(status, 202, text)
  return JSON.parse(text)
}
