/** What travels arrives as it left: values, errors, holes, references. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { types } from 'node:util'
import * as fc from 'fast-check'
import { TsrvError } from '../../../src/errors.ts'
import { encodePayload } from '../../../src/wire/payload.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'
import { assertSameGraph } from './same-graph.ts'
import { anyValue, graph, graphTags, travel } from './travelling.ts'

describe('what travels', () => {
  it('arrives as it left, and the sender keeps what it had', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const before = travel(value)
        const arrived = travel(value)
        assertSameGraph(arrived, value)
        assertSameGraph(arrived, before)
      }),
      { numRuns: 1000 },
    )
  })

  it('may refer to itself and to one object from many places: all arrive as one graph', () => {
    fc.assert(
      fc.property(graph, (value) => assertSameGraph(travel(value, graphTags), value)),
      { numRuns: 2000 },
    )
  })

  it('is compared by a check that tells a copy from the same object, and a hole from undefined', () => {
    const one = { a: 1 }
    assert.throws(() => assertSameGraph([one, { ...one }], [one, one]), /another object/)
    assert.throws(() => assertSameGraph([one, one], [one, { ...one }]), /another object/)
    assert.throws(() => assertSameGraph([undefined], Array(1)), /other parts/)
    assert.throws(() => assertSameGraph(new Error('x'), new TypeError('x')), /another class/)
  })

  it('is refused or arrives, and nothing else, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBoxedValues: true, withSparseArray: true }),
        (value) => {
          try {
            encodePayload(value, NO_TAGS)
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'TSRV_TASK_NOT_SERIALISABLE')
            return
          }
          travel(value)
        },
      ),
    )
  })

  it('is packed into exactly its bytes, so that a clone does not drag a slab along', () => {
    const bytes = encodePayload({ a: 1 }, NO_TAGS)
    assert.equal(bytes.buffer.byteLength, bytes.byteLength)
  })

  it('owns its memory: typed arrays and buffers are no views into the message', () => {
    const [array, buffer] = travel([new Uint8Array([1]), Buffer.from([2])]) as [Uint8Array, Buffer]
    assert.equal(array.buffer.byteLength, 1)
    assert.equal(buffer.buffer.byteLength, 1)
  })

  it('holds one object at two places, and itself', () => {
    const shared = { at: new Date(0) }
    const sent = { x: shared, y: [shared, shared.at], self: {} }
    sent.self = sent
    const arrived = travel(sent) as typeof sent
    assert.equal(arrived.x, arrived.y[0])
    assert.equal(arrived.x.at, arrived.y[1])
    assert.equal(arrived.self, arrived)
  })

  it('costs no bytes for references when it has none', () => {
    assert.deepEqual(encodePayload([{ a: 1 }], NO_TAGS), new Uint8Array([0x91, 0x81, 0xa1, 0x61, 1]))
  })

  it('has holes where it had them, and the names of a RegExp match', () => {
    const match = /(?<second>b)/d.exec('ab')
    const sent = [match, match?.indices, Array(3), [1, 2, undefined]]
    Reflect.deleteProperty(sent[3] as object, 1)
    assertSameGraph(travel(sent), sent)
    const long: unknown[] = []
    long[2 ** 32 - 2] = 'end'
    assert.deepEqual(Object.entries(travel(long) as object), [['4294967294', 'end']])
    assert.equal((travel(long) as unknown[]).length, 2 ** 32 - 1)
  })

  it('keeps what a resizable ArrayBuffer can grow to', () => {
    const arrived = travel(new ArrayBuffer(2, { maxByteLength: 8 })) as ArrayBuffer
    assert.deepEqual([arrived.byteLength, arrived.maxByteLength], [2, 8])
  })

  it('keeps cookies of Headers apart', () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
    assert.deepEqual((travel(headers) as Headers).getSetCookie(), ['a=1', 'b=2'])
  })

  it('keeps class, name, message, stack, code, cause and own fields of an error', () => {
    for (const code of ['E_X', 42]) {
      const cause = Object.assign(new Error('why'), { at: new Date(0) })
      const error = Object.assign(new TypeError('bad', { cause }), { code, list: [cause] })
      const arrived = travel({ error }) as { error: typeof error }
      assertSameGraph(arrived.error, error)
      assert.ok(types.isNativeError(arrived.error))
      assert.equal(arrived.error.stack, error.stack)
      assert.equal(arrived.error.list[0], arrived.error.cause)
    }
  })

  it('keeps AggregateError, AbortError, TimeoutError and the errors of tsrv', () => {
    const all = new AggregateError([
      new DOMException('off', 'AbortError'),
      new TsrvError('TASK_CANCELLED', { id: 1 }),
    ])
    assertSameGraph(travel(all), all)
    const [abort, ours] = (travel(all) as AggregateError).errors as [DOMException, TsrvError]
    assert.deepEqual([abort.name, abort.code, ours.code], ['AbortError', 20, 'TSRV_TASK_CANCELLED'])
    assert.ok(ours instanceof TsrvError)
  })

  it('keeps an error without a stack so', () => {
    const error = new Error('short')
    delete error.stack
    assertSameGraph(travel(error), error)
  })

  it('keeps a cycle of causes', () => {
    const first = new Error('first')
    first.cause = new DOMException('second', { name: 'AbortError', cause: first })
    const arrived = travel(first) as Error
    assert.equal((arrived.cause as Error).cause, arrived)
  })

  it('keeps the name of an error whose class is not known, on the nearest class that is', () => {
    class Lost extends RangeError {}
    Object.defineProperty(Lost.prototype, 'name', { value: 'Lost' })
    const arrived = travel(new Lost('here')) as Error
    assert.deepEqual([arrived.name, arrived.message, arrived.constructor], ['Lost', 'here', RangeError])
    assert.deepEqual(Object.keys(arrived), [])
  })
})
