/** Config is data: everything else is named by its path. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { findNotData } from '../../../src/config/plain-data.ts'

function main(): void {}

const cycle: Record<string, unknown> = {}
cycle['self'] = { again: cycle }

describe('findNotData', () => {
  for (const [what, value, path, message] of [
    [
      'a function',
      { listeners: { TaskEvent: [() => 1] } },
      'listeners.TaskEvent[0]',
      /a function; config is data/,
    ],
    ['a named function', { app: main }, 'app', /the function main/],
    ['a class instance', { a: new Date(0) }, 'a', /an instance of Date/],
    ['a map', { a: [new Map()] }, 'a[0]', /an instance of Map/],
    ['a symbol', { a: Symbol('x') }, 'a', /a symbol/],
    ['a symbol as key', { [Symbol('x')]: 1 }, 'Symbol(x)', /a symbol as key/],
    ['a bigint', { a: 1n }, 'a', /a bigint/],
    ['a cycle', cycle, 'self.again', /contains itself/],
    ['an own __proto__', JSON.parse('{"a":{"__proto__":{}}}'), 'a.__proto__', /reserved/],
    ['a constructor', { constructor: 1 }, 'constructor', /reserved/],
  ] as const) {
    it(`finds ${what}`, () => {
      const found = findNotData(value)
      assert.equal(found.length, 1)
      assert.equal(found[0]?.path, path)
      assert.match(found[0]?.message ?? '', message)
    })
  }

  it('finds all of them at once', () => {
    assert.equal(findNotData({ a: () => 1, b: [1n, { c: new Date(0) }] }).length, 3)
  })

  it('takes one object at two places, which is no cycle', () => {
    const shared = { a: 1 }
    assert.deepEqual(findNotData({ x: shared, y: [shared, shared] }), [])
  })

  it('has nothing against any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(text))
        assert.deepEqual(findNotData(JSON.parse(text)), [])
      }),
    )
  })
})
