/** The error of a task, there and back. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TsrvError } from '../../../src/errors.ts'
import { packError, unpackError } from '../../../src/tasks/task-error.ts'
import { LARGEST_PAYLOAD } from '../../../src/wire/payload-limit.ts'
import { NO_TAGS, type Tags } from '../../../src/wire/tags.ts'

class NoStock extends RangeError {
  readonly code = 'E_NO_STOCK'
  readonly articles: unknown
  constructor(articles: unknown) {
    super('nothing left')
    this.articles = articles
  }
}

const TAGS: Tags = {
  tagOf: (exported) => (exported === NoStock ? 'shop#NoStock' : undefined),
  exportOf: (tag) => (tag === 'shop#NoStock' ? NoStock : undefined),
}

describe('the error of a task', () => {
  it('arrives as its own class where that is known, with fields that only a payload keeps', () => {
    const error = unpackError(packError(new NoStock(new Set(['chair'])), TAGS), TAGS)
    assert.ok(error instanceof NoStock)
    assert.deepEqual(error.articles, new Set(['chair']))
    assert.equal(error.message, 'nothing left')
  })

  it('arrives as the nearest built-in where its class is unknown', () => {
    const error = unpackError(packError(new NoStock(['chair']), TAGS), NO_TAGS)
    assert.ok(error instanceof RangeError && !(error instanceof NoStock))
    assert.deepEqual(
      [(error as { code?: string }).code, (error as { articles?: unknown }).articles],
      ['E_NO_STOCK', ['chair']],
    )
    assert.ok(!('whole' in error))
  })

  it('that is too large to arrive is replaced by one that says so', () => {
    const message = 'x'.repeat(LARGEST_PAYLOAD)
    const error = unpackError(packError(Object.assign(new Error(message), { stack: undefined }), TAGS), TAGS)
    assert.equal((error as TsrvError).code, 'TSRV_TASK_TOO_LARGE')
    assert.match(error.message, /^The error of the task has 268435\d{3} bytes/)
  })

  it('arrives without the field that cannot travel', () => {
    const error = unpackError(packError(new NoStock(() => {}), TAGS), TAGS)
    assert.ok(error instanceof RangeError)
    assert.equal(error.message, 'nothing left')
  })

  it('may be one of ours, or nothing of the kind', () => {
    const ours = unpackError(packError(new TsrvError('TASK_CANCELLED', { id: 7 }), TAGS), TAGS)
    assert.ok(ours instanceof TsrvError)
    assert.equal(ours.code, 'TSRV_TASK_CANCELLED')
    const text = unpackError(packError('text', TAGS), TAGS)
    assert.deepEqual([text.message, text.stack], ['text', 'Error: text'], 'not the stack of this place')
    assert.equal(unpackError(packError(undefined, TAGS), TAGS).message, 'undefined was thrown')
  })

  it('survives getters and proxy traps that throw', () => {
    const refuse = (): never => {
      throw new Error('refused')
    }
    const unreadable = Object.defineProperties(new Error('x'), {
      message: { get: refuse },
      stack: { get: refuse },
      name: { get: refuse },
    })
    const trapped = new Proxy({}, { get: refuse, getPrototypeOf: refuse, ownKeys: refuse })
    const trappedError = new Proxy(new Error('x'), { get: refuse, ownKeys: refuse })
    for (const thrown of [unreadable, trapped, trappedError]) {
      assert.equal(
        unpackError(packError(thrown, TAGS), TAGS).message,
        'a value that cannot be shown was thrown',
      )
    }
  })

  it('survives a constructor that is not what it seems', () => {
    const odd = Object.assign(new Error('odd'), { constructor: 5 })
    assert.equal(unpackError(packError(odd, TAGS), TAGS).message, 'odd')
  })
})
