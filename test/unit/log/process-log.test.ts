/** How errors are written into records. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TsrvError } from '../../../src/errors.ts'
import { forwardingLogger } from '../../../src/log/process-log.ts'

function written(fields: object): Record<string, Readonly<Record<string, unknown>>> {
  const lines: string[] = []
  forwardingLogger({ level: 'info', fields: {} }, (line) => lines.push(line)).info(fields)
  return JSON.parse(lines[0] ?? '') as Record<string, Readonly<Record<string, unknown>>>
}

describe('an error in a record', () => {
  it('has type, message and stack under either of its two names', () => {
    for (const name of ['err', 'error']) {
      const { type, message, stack } = written({ [name]: new RangeError('too far') })[name] ?? {}
      assert.deepEqual([type, message], ['RangeError', 'too far'])
      assert.match(String(stack), /process-log\.test\.ts/)
    }
  })

  it('is left as it is when it is none', () => {
    assert.equal(written({ error: 'text' })['error'], 'text')
    assert.equal(written({ error: undefined })['error'], undefined)
  })

  it('says the message of its cause once, and does say it', () => {
    const cause = new Error('no database')
    const quoted = new TsrvError('SERVICE_FAILED', { service: 'db', reason: cause.message }, { cause })
    assert.equal(written({ err: quoted })['err']?.['message'], 'Cannot make the service "db": no database')
    assert.match(String(written({ err: quoted })['err']?.['stack']), /caused by: Error: no database/)
    const silent = new Error('the request failed', { cause })
    assert.equal(written({ err: silent })['err']?.['message'], 'the request failed: no database')
  })
})
