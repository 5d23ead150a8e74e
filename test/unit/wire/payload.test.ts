/** What travels arrives equal; what cannot is named by its path. */
import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { MARK } from '../../../src/wire/payload-types.ts'
import { NO_TAGS, type Tags } from '../../../src/wire/tags.ts'

function travel(value: unknown, tags: Tags = NO_TAGS): unknown {
  return decodePayload(encodePayload(value, tags), tags)
}

function tagsOf(exports: Readonly<Record<string, object>>): Tags {
  return {
    tagOf: (exported) => Object.entries(exports).find(([, one]) => one === exported)?.[0],
    exportOf: (tag) => exports[tag],
  }
}

const key = fc.oneof(
  // Refused as a key, see below.
  fc.string({ unit: 'grapheme' }).filter((one) => one !== '__proto__'),
  fc.constantFrom(MARK, 'constructor', 'toJSON', 'hasOwnProperty', 'length', 'prototype', 'n', 'v', ''),
)
const leaf = fc.oneof(
  fc.anything({ withDate: true, withTypedArray: true, maxDepth: 0 }),
  fc.string({ unit: 'binary' }),
  // Halves of surrogate pairs as well.
  fc.array(fc.nat(0xffff), { maxLength: 4 }).map((units) => String.fromCharCode(...units)),
  fc.bigInt(),
  fc.double(),
  fc.constantFrom(undefined, NaN, -0, Infinity, null, 2 ** 53 - 1, new Date(NaN)),
  fc.webUrl().map((href) => new URL(href)),
  fc.constantFrom(/a\/b/giu, new RegExp('')),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array().map((bytes) => new Uint8Array(bytes).buffer),
  fc.uint8Array().map((bytes) => new DataView(new Uint8Array(bytes).buffer)),
  fc.bigInt64Array(),
)
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
  ),
}))

describe('what travels', () => {
  it('arrives deep-equal, and the sender keeps what it had', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const before = structuredCloneOf(value)
        const arrived = travel(value)
        assert.deepEqual(value, before)
        assert.deepEqual(arrived, value)
      }),
      { numRuns: 500 },
    )
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

  it('may hold one object at two places', () => {
    const shared = { a: 1 }
    assert.deepEqual(travel({ x: shared, y: [shared, shared] }), { x: { a: 1 }, y: [{ a: 1 }, { a: 1 }] })
  })

  it('keeps name, message, stack, code and cause of an error', () => {
    for (const code of ['E_X', 42]) {
      const error = Object.assign(new TypeError('bad', { cause: new Error('why') }), { code })
      const arrived = travel({ error }) as { error: typeof error }
      assert.ok(arrived.error instanceof Error)
      const { name, message, stack } = arrived.error
      assert.deepEqual([name, message, stack, arrived.error.code], ['TypeError', 'bad', error.stack, code])
      assert.equal((arrived.error.cause as Error).message, 'why')
    }
  })
})

describe('classes and functions with a tag', () => {
  class Point {
    x: number
    set y(_: number) {
      throw new Error('a setter ran')
    }
    constructor(x: number) {
      this.x = x
    }
  }
  class Secret {
    readonly #value: string
    constructor(value: string) {
      this.#value = value
    }
    reveal(): string {
      return this.#value
    }
    toJSON(): object {
      return { value: this.#value, at: new Date(0) }
    }
    static fromJSON({ value }: { value: string }): Secret {
      return new Secret(value)
    }
  }
  class NotFound extends Error {
    override name = 'NotFound'
    readonly file: string
    constructor(file: string, options?: ErrorOptions) {
      super(`no ${file}`, options)
      this.file = file
    }
  }
  class Names extends Set<string> {}
  const shout = (text: string): string => text.toUpperCase()
  const tags = tagsOf({
    'a#Point': Point,
    'a#Secret': Secret,
    'a#NotFound': NotFound,
    'a#shout': shout,
    'a#Names': Names,
  })

  it('arrive as instances and as that very function', () => {
    const arrived = travel({ list: [new Point(1)], run: shout, type: Point }, tags) as {
      list: Point[]
      run: unknown
      type: unknown
    }
    assert.ok(arrived.list[0] instanceof Point)
    assert.equal(arrived.list[0].x, 1)
    assert.equal(arrived.run, shout)
    assert.equal(arrived.type, Point)
  })

  it('bring nested instances and built-in values along', () => {
    const outer = Object.assign(new Point(1), { inner: new Point(2), map: new Map([[1, new Point(3)]]) })
    assert.deepEqual(travel(outer, tags), outer)
  })

  it('receive their fields without running setters', () => {
    const odd = Object.defineProperty(new Point(1), 'y', { value: 5, enumerable: true })
    assert.equal((travel(odd, tags) as Point & { y: number }).y, 5)
  })

  it('bring #private state through toJSON and fromJSON', () => {
    const arrived = travel([new Secret('x')], tags) as [Secret]
    assert.ok(arrived[0] instanceof Secret)
    assert.equal(arrived[0].reveal(), 'x')
  })

  it('keep message, stack and cause when they are errors', () => {
    const error = new NotFound('cat.png', { cause: new NotFound('dir') })
    const arrived = travel(error, tags) as NotFound
    assert.ok(arrived instanceof NotFound)
    assert.deepEqual([arrived.message, arrived.file, arrived.stack], [error.message, 'cat.png', error.stack])
    assert.ok(arrived.cause instanceof NotFound)
    assert.deepEqual(Object.keys(arrived).sort(), ['file', 'name'])
  })

  it('are refused when they extend a built-in whose contents would be lost', () => {
    assert.throws(() => encodePayload(new Names(['a']), tags), /an instance of Names.* at \$\..*toJSON\(\)/)
  })

  it('are refused at the receiver that does not know them', () => {
    const unknown = { code: 'TSRV_TASK_TYPE_UNKNOWN', message: /Unknown class "a#Point"/ }
    assert.throws(() => decodePayload(encodePayload(new Point(1), tags), NO_TAGS), unknown)
    assert.throws(() => decodePayload(encodePayload(shout, tags), NO_TAGS), /Unknown function "a#shout"/)
  })

  it('cannot be named by data that holds the mark key', () => {
    const forged = { [MARK]: 'class', n: 'a#Point', v: { x: 666 } }
    for (const value of [forged, [forged], { a: { b: forged } }, new Map([[forged, forged]])]) {
      assert.deepEqual(travel(value, tags), value)
    }
  })

  it('cannot be named by a field of another instance', () => {
    const carrier = Object.assign(new Point(1), { [MARK]: 'json', n: 'a#Secret', v: { value: 'stolen' } })
    const arrived = travel(carrier, tags)
    assert.ok(arrived instanceof Point)
    assert.deepEqual(arrived, carrier)
  })

  it('are not chosen by an own key "constructor"', () => {
    class Stranger {
      readonly name = 'stranger'
    }
    assert.throws(
      () => encodePayload(Object.assign(new Stranger(), { constructor: Point }), tags),
      /unregistered class Stranger/,
    )
  })
})

describe('what cannot travel', () => {
  class Unknown {
    readonly known = false
  }
  const Unnamed = (() =>
    class {
      readonly named = false
    })()
  const cycle: Record<string, unknown> = {}
  cycle['self'] = { again: cycle }
  const deep: unknown[] = []
  let inner = deep
  for (let level = 0; level < 5000; level++) inner.push((inner = []))

  for (const [what, value, message] of [
    ['a function', { a: { b: () => 1 } }, 'a function at $.a.b.'],
    ['a function in a list', { list: [1, () => 1] }, 'a function at $.list[1].'],
    ['a function under an odd key', { 'a b': () => 1 }, 'a function at $["a b"].'],
    ['a function on top', () => 1, 'a function at $.'],
    ['a function in a map', { m: new Map([['k', () => 1]]) }, 'a function at $.m.<Map>[0][1].'],
    ['a function in a set', new Set([() => 1]), 'a function at $.<Set>[0].'],
    ['a symbol', { a: Symbol('x') }, 'a symbol at $.a.'],
    ['a cycle', cycle, 'a cycle at $.self.again.'],
    ['a socket', { a: new Socket() }, 'an instance of the unregistered class Socket at $.a.'],
    ['a promise', [Promise.resolve(1)], 'an instance of the unregistered class Promise at $[0].'],
    ['a weak map', { a: new WeakMap() }, 'an instance of the unregistered class WeakMap at $.a.'],
    ['an unknown class', { a: new Unknown() }, 'an instance of the unregistered class Unknown at $.a.'],
    ['an unnamed class', { a: new Unnamed() }, 'an object of an unnamed class at $.a.'],
    ['shared memory', { a: new SharedArrayBuffer(1) }, 'class SharedArrayBuffer at $.a.'],
    ['an own key __proto__', { a: JSON.parse('{"__proto__":{}}') }, 'the key "__proto__" at $.a.'],
    ['a key that is half a character', { a: { '\ud800': 1 } }, 'half of a character at $.a.'],
    ['endless nesting', deep, 'nesting deeper than 1000 at $[0]'],
  ] as const) {
    it(`is refused with its path: ${what}`, () => {
      assert.throws(
        () => encodePayload(value, NO_TAGS),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'TSRV_TASK_NOT_SERIALISABLE')
          assert.ok(error.message.startsWith('The task data cannot travel: '), error.message)
          assert.ok(error.message.includes(message), error.message)
          return true
        },
      )
    })
  }

  it('is called a return value when it is one', () => {
    assert.throws(() => encodePayload(() => 1, NO_TAGS, 'return value'), /The return value cannot travel/)
  })
})

/** `structuredClone` keeps everything of these values but the class of Buffer and URL. */
function structuredCloneOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCloneOf)
  if (value instanceof URL) return new URL(value.href)
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (value instanceof Map)
    return new Map([...value].map(([key, one]) => [structuredCloneOf(key), structuredCloneOf(one)]))
  if (value instanceof Set) return new Set([...value].map(structuredCloneOf))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return structuredClone(value)
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, structuredCloneOf(one)]))
}
