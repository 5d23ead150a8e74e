import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { UncaughtErrors } from '../../../src/entry/uncaught-errors.ts'
import { OpenRequests } from '../../../src/http/open-requests.ts'
import type { Logger } from '../../../src/server.ts'
import type { Retirement } from '../../../src/wire/messages.ts'

interface Caught {
  readonly open: OpenRequests
  readonly errors: UncaughtErrors
  readonly records: Record<string, unknown>[]
  readonly retirements: Retirement[]
}

function caught(log: (fields: object | string) => void = () => {}): Caught {
  const open = new OpenRequests()
  const records: Record<string, unknown>[] = []
  const retirements: Retirement[] = []
  const error = (fields: object | string, message?: string): void => {
    log(fields)
    records.push(typeof fields === 'string' ? { message: fields } : { ...fields, message })
  }
  const errors = new UncaughtErrors({
    open,
    log: { error } as unknown as Logger,
    retire: (retirement) => retirements.push(retirement),
  })
  return { open, errors, records, retirements }
}

/** A response as far as its end is concerned. */
class FakeResponse extends EventEmitter {
  destroyed = false
  headersSent = false
  writableEnded = false
  sent: unknown[] = []
  getHeaderNames = (): string[] => []
  removeHeader = (): void => {}
  writeHead = (...parameters: unknown[]): void => void this.sent.push(...parameters)
  end = (body: string): void => void this.sent.push(body)
  destroy = (): void => void (this.destroyed = true)
}

/** Runs as the handler of a request. */
function during(open: OpenRequests, response: FakeResponse, run: () => void): void {
  const request = { method: 'GET', url: '/x' } as IncomingMessage
  open.serve(request, response as unknown as ServerResponse, run)
}

describe('an uncaught error', () => {
  it('ends the request it came from, and no other', () => {
    const { open, errors, records } = caught()
    const [mine, other] = [new FakeResponse(), new FakeResponse()]
    during(open, other, () => {})
    during(open, mine, () => errors.caught(new Error('late'), 'uncaughtException'))
    assert.equal(mine.sent[0], 500)
    assert.deepEqual([mine.sent.at(-1), other.sent], ['Internal Server Error\n', []])
    const { method, url, origin, message } = records[0] ?? {}
    assert.deepEqual(
      [method, url, origin, message],
      ['GET', '/x', 'uncaughtException', 'Uncaught error; this worker is replaced'],
    )
  })

  it('breaks the connection when its answer has begun, and does nothing when it has ended', () => {
    const { open, errors } = caught()
    const begun = Object.assign(new FakeResponse(), { headersSent: true })
    const ended = Object.assign(new FakeResponse(), { headersSent: true, writableEnded: true })
    const gone = Object.assign(new FakeResponse(), { destroyed: true })
    for (const response of [begun, ended, gone])
      during(open, response, () => errors.caught(new Error('late'), 'uncaughtException'))
    assert.deepEqual([begun.destroyed, ended.destroyed], [true, false])
    assert.deepEqual([begun.sent, ended.sent, gone.sent], [[], [], []])
  })

  it('is named with its request also after that has been answered', () => {
    const { open, errors, records } = caught()
    const response = new FakeResponse()
    during(open, response, () => {
      response.emit('close')
      errors.caught(new Error('late'), 'uncaughtException')
    })
    assert.deepEqual([records[0]?.['url'], response.sent], ['/x', []])
    assert.equal(open.size, 0)
  })

  it('has the worker replaced, and says why', () => {
    const { open, errors, retirements } = caught()
    during(open, new FakeResponse(), () => errors.caught(new Error('late'), 'unhandledRejection'))
    errors.caught('a text', 'uncaughtException')
    assert.deepEqual(retirements, [
      { because: 'failed', reason: 'unhandledRejection: late (GET /x)' },
      { because: 'failed', reason: 'uncaughtException: a text' },
    ])
  })

  it('is not logged without end', () => {
    const { errors, records, retirements } = caught()
    for (let time = 0; time < 100; time++) errors.caught(new Error('again'), 'uncaughtException')
    assert.deepEqual([records.length, retirements.length], [11, 10])
    assert.deepEqual(records.at(-1), { message: 'More uncaught errors of this worker are not logged' })
  })

  it('is logged without what cannot be read of it', () => {
    const { errors, records } = caught((fields) => {
      if (typeof fields === 'object' && 'err' in fields) throw new Error('a getter')
    })
    errors.caught({ toString: () => 'odd' }, 'uncaughtException')
    assert.deepEqual([records.length, records[0]?.['thrown']], [1, '{}'])
  })
})
