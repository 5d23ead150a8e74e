import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { printDetached, printReady, printStopped, printStopping } from '../../../src/cli/render/server.ts'
import type { Config } from '../../../src/config/config.ts'
import type { Logger } from '../../../src/server.ts'
import { printed } from './printed.ts'

const pretty = { log: { pretty: true }, file: undefined } as unknown as Config
const plain = { log: { pretty: false }, file: undefined } as unknown as Config
const ready = { urls: ['http://127.0.0.1:8080'], workers: 1, taskWorkers: 0, resumed: 0 }

function logger(): { records: unknown[][]; log: Logger } {
  const records: unknown[][] = []
  return { records, log: { info: (...record: unknown[]) => records.push(record) } as unknown as Logger }
}

describe('the banner', () => {
  it('has at most 6 lines and says where, what and how to stop', (t) => {
    const text = printed(t, () => printReady({ ...ready, config: pretty }, logger().log))
    assert.ok(text.trimEnd().split('\n').length <= 6)
    for (const expected of [
      /http:\/\/127\.0\.0\.1:8080/,
      /1 HTTP worker,/,
      /no task workers/,
      /no config file/,
      /stops$/m,
    ])
      assert.match(text, expected)
  })

  it('tells how many tasks an earlier server left, within its 6 lines', (t) => {
    const text = printed(t, () => printReady({ ...ready, resumed: 3, config: pretty }, logger().log))
    assert.match(text, /resuming 3 tasks from tasks\.db/)
    assert.ok(text.trimEnd().split('\n').length <= 6)
  })

  it('tells how many files are watched, within its 6 lines', (t) => {
    const server = { ...ready, resumed: 3, watching: 9, config: pretty }
    const text = printed(t, () => printReady(server, logger().log))
    assert.match(text, /watching 9 files, a change reloads/)
    assert.ok(text.trimEnd().split('\n').length <= 6)
  })

  it('is one log record where logs are for machines', (t) => {
    const { records, log } = logger()
    const text = printed(t, () => printReady({ ...ready, config: plain }, log))
    assert.equal(text, '')
    assert.deepEqual(
      records.map(([fields, message]) => [(fields as { event: string }).event, message]),
      [['ready', 'Server is ready']],
    )
  })
})

describe('the banner of a server in the background', () => {
  const server = { ...ready, configFile: undefined, pid: 42 }

  it('says how to stop it and where its log is', (t) => {
    const text = printed(t, () =>
      printDetached(server, { file: undefined, logFile: path.resolve('.tsrv/server.log') }),
    )
    assert.match(
      text,
      /pid 42\n {2}ready in \d+ ms; tsrv stop stops, tsrv logs -f shows \.tsrv\/server\.log\n$/,
    )
  })

  it('repeats the configuration that was named', (t) => {
    const text = printed(t, () => printDetached(server, { file: 'a.ini', logFile: '/x/server.log' }))
    assert.match(text, /tsrv stop -c a\.ini stops, tsrv logs -f -c a\.ini shows/)
  })
})

describe('the end of a server', () => {
  it('is told in two lines', (t) => {
    const { log } = logger()
    const text = printed(t, () => {
      printStopping('SIGTERM', pretty, log)
      printStopped(pretty)
    })
    assert.equal(text, 'Stopping server (SIGTERM); once more to force ...\nServer stopped\n')
  })

  it('is a log record where logs are for machines', (t) => {
    const { records, log } = logger()
    const text = printed(t, () => {
      printStopping('SIGTERM', plain, log)
      printStopped(plain)
    })
    assert.equal(text, '')
    assert.deepEqual(records, [[{ event: 'stopping', reason: 'SIGTERM' }, 'Stopping server']])
  })
})
