import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { printBanner, printStopped, printStopping } from '../../../src/cli/render/server.ts'
import type { Config } from '../../../src/config/config.ts'
import type { Logger } from '../../../src/server.ts'
import { printed } from './printed.ts'

const pretty = { log: { pretty: true }, file: undefined } as unknown as Config
const plain = { log: { pretty: false }, file: undefined } as unknown as Config
const ready = { urls: ['http://127.0.0.1:8080'], workers: 1, taskWorkers: 0 }

function logger(): { records: unknown[][]; log: Logger } {
  const records: unknown[][] = []
  return { records, log: { info: (...record: unknown[]) => records.push(record) } as unknown as Logger }
}

describe('the banner', () => {
  it('has at most 6 lines and says where, what and how to stop', (t) => {
    const text = printed(t, () => printBanner({ ...ready, config: pretty }, logger().log))
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

  it('is one log record where logs are for machines', (t) => {
    const { records, log } = logger()
    const text = printed(t, () => printBanner({ ...ready, config: plain }, log))
    assert.equal(text, '')
    assert.deepEqual(
      records.map(([fields, message]) => [(fields as { event: string }).event, message]),
      [['ready', 'Server is ready']],
    )
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
