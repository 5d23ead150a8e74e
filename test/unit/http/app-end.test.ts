/** The close of an app: awaited, within its time, never in the way of the end of its process. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { endApp } from '../../../src/http/app-end.ts'
import type { App } from '../../../src/http/app-shape.ts'
import type { Logger } from '../../../src/server.ts'

interface Told {
  readonly err: Error & { code?: string }
}

async function end(close?: () => unknown, ms = 60_000): Promise<Told[]> {
  const told: Told[] = []
  const log = { error: (fields: Told) => told.push(fields) } as unknown as Logger
  const app: App = { kind: 'node', handle: () => {}, ...(close && { close }) }
  await endApp(app, ms, log)
  return told
}

describe('endApp', () => {
  it('has nothing to do for most apps', async () => assert.deepEqual(await end(), []))

  it('waits for close', async () => {
    let isClosed = false
    const close = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      isClosed = true
    }
    assert.deepEqual(await end(close), [])
    assert.ok(isClosed)
  })

  for (const [how, close] of [
    ['throws', () => assert.fail('no')],
    ['rejects', () => Promise.reject(new Error('no'))],
  ] as const) {
    it(`logs a close that ${how}`, async () => {
      const [told, ...more] = await end(close)
      assert.deepEqual([told?.err.message, more], ['no', []])
    })
  }

  it('gives a close up that does not settle', async () => {
    const [told] = await end(() => new Promise(() => {}), 10.4)
    assert.equal(told?.err.code, 'TSRV_APP_CLOSE_TIMEOUT')
    assert.match(told.err.message, /within 10 ms/)
  })
})
