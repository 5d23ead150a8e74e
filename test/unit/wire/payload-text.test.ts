import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodePayload } from '../../../src/wire/payload.ts'
import { payloadText } from '../../../src/wire/payload-text.ts'
import type { Tags } from '../../../src/wire/tags.ts'

class Mail {
  to = 'ada'
  copies = new Map([['bob', 2]])
}

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  toJSON(): object {
    return { cents: this.#cents }
  }
  static fromJSON({ cents }: { cents: number }): Money {
    return new Money(cents)
  }
}

class NoStock extends RangeError {}

function send(): void {}

const TAGS: Tags = {
  tagOf: (exported) =>
    new Map<object, string>([
      [Mail, 'Mail'],
      [Money, 'Money'],
      [NoStock, 'NoStock'],
      [send, 'mail.ts#send'],
    ]).get(exported),
  exportOf: () => undefined,
}

function shown(value: unknown): string {
  return payloadText(encodePayload(value, TAGS))
}

describe('payload for people', () => {
  it('shows plain data as it is written', () => {
    assert.equal(shown({ a: [1, 'x', null], b: undefined }), "{ a: [ 1, 'x', null ], b: undefined }")
  })

  it('shows instances of classes that nobody here has by name, with their fields', () => {
    assert.equal(shown(new Mail()), "Mail { to: 'ada', copies: Map(1) { 'bob' => 2 } }")
    assert.equal(shown([new Money(5)]), '[ Money { cents: 5 } ]')
  })

  it('shows functions by name, and errors with what they say', () => {
    assert.equal(shown({ after: send }), '{ after: [Function: mail.ts#send] }')
    assert.match(shown(new NoStock('none left')), /none left/)
  })

  it('shows what refers to itself', () => {
    const loop: Record<string, unknown> = { n: 1 }
    loop['self'] = loop
    assert.equal(shown(loop), '<ref *1> { n: 1, self: [Circular *1] }')
  })

  it('describes what is too long or cannot be read', () => {
    assert.match(shown('x'.repeat(2 ** 21)), /^\(\d+ bytes, too long to be shown\)$/)
    assert.match(payloadText(new Uint8Array([0x92, 1])), /^\(2 bytes that cannot be read: /)
    assert.ok(shown(Array.from({ length: 150 }, () => 'y'.repeat(1000))).length < 70_000)
  })
})
