/** process.exit() in the user's code: named with its place, where the log and the status would say a number. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { project, tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const isExit = (record: LogRecord): boolean => record['event'] === 'process-exit'

describe('process.exit() of the user’s code', () => {
  it('in an HTTP worker is in the log with its place and request, and is why the worker died', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1'],
      files: {
        'app.js': `import { leave } from './leave.js'
export default async (request) => {
  await Promise.resolve()
  if (request.url.includes('/leave')) leave()
  return new Response('')
}`,
        'leave.js': `export function leave() {
  process.exit(3)
}`,
      },
    })
    await server.request('/leave?now').catch(() => {})
    const record = await server.log(isExit, 'the record')
    assert.equal(record.level, 'error')
    assert.match(record.msg, /^The app called process\.exit\(3\) at \/.*\/leave\.js:2:11$/)
    assert.deepEqual([record['code'], record['method'], record['url']], [3, 'GET', '/leave?now'])
    const death = await server.log(({ msg }) => msg === 'A process died and is replaced', 'the death')
    assert.match(String(death['reason']), /^the app called process\.exit\(3\) at .*leave\.js:2:11$/)
    await until(
      async () => (await server.status()).workers.every(({ state }) => state === 'ready'),
      'its successor',
    )
    assert.equal((await server.stop()).code, 0)
    assert.equal(server.logs.filter(isExit).length, 1, 'the stop of the others is our own')
  })

  it('during the boot is the reason of a start that fails', async () => {
    const dir = project('plain-app', { 'app.js': `process.exit(0)\nexport default () => new Response()` })
    const { code, stderr } = await tsrv(dir, ['start', '-o', 'port=0'])
    assert.equal(code, 1)
    assert.match(stderr, /HTTP worker \d could not start: the app called process\.exit\(0\) at .*app\.js:1:9/)
    rmSync(dir, { recursive: true, force: true })
  })

  it('in a task is in the log with its place and task', async () => {
    await using server = await ServerUnderTest.start('tasks-app', {
      files: { 'run.js': `export default () => process.exit(4)` },
      args: ['-w', '1', '-t', '1', '-o', 'tasks.maxCrashes=1'],
    })
    const { text } = await server.request('/task?n=1')
    const record = await server.log(isExit, 'the record')
    assert.match(record.msg, /^Task code called process\.exit\(4\) at .*run\.js:1:30$/)
    assert.deepEqual(record['tasks'], [Number(text)])
    await server.stop()
  })

  it('in a service is in the log, and is why it ended', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      files: {
        'tsrv.config.ts': `export default { workers: 1, services: { ticker: { module: './ticker.ts', restart: 'no' } } }`,
        'ticker.ts': `setTimeout(() => process.exit(5), 50)`,
      },
    })
    const record = await server.log(isExit, 'the record')
    assert.match(record.msg, /^Service ticker called process\.exit\(5\) at .*ticker\.ts:1:26$/)
    const end = await server.log((one) => one['event'] === 'service-crashed', 'its end')
    assert.match(String(end['reason']), /^service ticker called process\.exit\(5\)/)
    await server.stop()
  })
})
