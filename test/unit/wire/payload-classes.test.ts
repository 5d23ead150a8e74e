/** Classes and functions with a tag arrive as that class and that function, and nobody can forge them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { MARK } from '../../../src/wire/payload-marks.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'
import { assertSameGraph } from './same-graph.ts'
import { tagsOf, travel } from './travelling.ts'

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
  class Cancelled extends DOMException {
    readonly by = 'user'
  }
  class Items extends Array<string> {}
  class Holder {
    held: unknown
    constructor(held: unknown) {
      this.held = held
    }
    toJSON(): unknown {
      return this.held
    }
    static fromJSON(held: unknown): Holder {
      return new Holder(held)
    }
  }
  const shout = (text: string): string => text.toUpperCase()
  const tags = tagsOf({
    'a#Point': Point,
    'a#Secret': Secret,
    'a#NotFound': NotFound,
    'a#shout': shout,
    'a#Names': Names,
    'a#Cancelled': Cancelled,
    'a#Items': Items,
    'a#Holder': Holder,
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

  it('stay one instance, made by fromJSON once, at two places', () => {
    const secret = new Secret('x')
    const arrived = travel({ a: secret, b: [secret, { at: secret }] }, tags) as {
      a: Secret
      b: [Secret, { at: Secret }]
    }
    assert.equal(arrived.a, arrived.b[0])
    assert.equal(arrived.a, arrived.b[1].at)
    assert.equal(arrived.a.reveal(), 'x')
  })

  it('may share what their toJSON gives with others, and it may refer to itself', () => {
    const shared: { self?: unknown; at: Date } = { at: new Date(0) }
    shared.self = shared
    const arrived = travel([new Holder(shared), shared, new Holder(shared)], tags) as [
      Holder,
      typeof shared,
      Holder,
    ]
    assert.equal(arrived[0].held, arrived[1])
    assert.equal(arrived[2].held, arrived[1])
    assert.equal(arrived[1].self, arrived[1])
  })

  it('are refused when they are part of their own JSON: fromJSON would see it unfinished', () => {
    const list: unknown[] = []
    list.push({ holder: new Holder([list]) })
    assert.throws(
      () => encodePayload(list, tags),
      /a cycle through toJSON\(\) at \$\[0\]\.holder\.toJSON\(\)\[0\]\./,
    )
    const self = new Holder(undefined)
    self.held = { self }
    assert.throws(() => encodePayload(self, tags), /a cycle through toJSON\(\) at \$\.toJSON\(\)\.self\./)
  })

  it('keep message, stack and cause when they are errors', () => {
    const error = new NotFound('cat.png', { cause: new NotFound('dir') })
    const arrived = travel(error, tags) as NotFound
    assert.ok(arrived instanceof NotFound)
    assert.deepEqual([arrived.message, arrived.file, arrived.stack], [error.message, 'cat.png', error.stack])
    assert.ok(arrived.cause instanceof NotFound)
    assertSameGraph(arrived, error)
    const cancelled = new Cancelled('off', 'AbortError')
    assertSameGraph(travel(cancelled, tags), cancelled)
  })

  it('are refused when they extend a built-in whose contents would be lost', () => {
    assert.throws(() => encodePayload(new Names(['a']), tags), /Names, .*Set hides, at \$\..*toJSON\(\)/)
    assert.throws(() => encodePayload([new Items('a')], tags), /Items, .*Array hides, at \$\[0\]/)
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
