/** What cannot travel is named by its path, with what to send in its place. */
import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { encodePayload } from '../../../src/wire/payload.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'

describe('what cannot travel', () => {
  class Unknown {
    readonly known = false
  }
  const Unnamed = (() =>
    class {
      readonly named = false
    })()
  class OwnRequest extends Request {}
  class Names extends Set<string> {}
  class Items extends Array<string> {}
  const detached = new Uint8Array(2)
  structuredClone(detached.buffer, { transfer: [detached.buffer] })
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
    ['a socket', { a: new Socket() }, 'a live Socket at $.a. It lives in this process alone'],
    ['a promise', [Promise.resolve(1)], 'a Promise at $[0]. Await it first.'],
    ['a Blob', { a: new Blob(['x']) }, 'a Blob at $.a. Send its bytes'],
    ['a File', { a: new File(['x'], 'f') }, 'a File at $.a. Send its name and bytes'],
    [
      'a request of a framework',
      { a: new OwnRequest('http://a/') },
      'a Request at $.a. Send what the task needs of it',
    ],
    ['a request', { a: new Request('http://a/') }, 'a Request at $.a. Send what the task needs of it'],
    ['a response', { a: new Response('x') }, 'a Response at $.a. Send what the task needs of it'],
    ['a stream', { a: new ReadableStream() }, 'a ReadableStream at $.a.'],
    ['a form', { a: new FormData() }, 'a FormData at $.a. Send its entries'],
    ['a signal', { a: new AbortController().signal }, 'an AbortSignal at $.a. A task has one of its own'],
    [
      'an error with a function',
      { a: Object.assign(new Error('x'), { b: () => 1 }) },
      'a function at $.a.b.',
    ],
    ['a subclass of Set', { a: new Names() }, 'an instance of the unregistered class Names at $.a.'],
    ['a subclass of Array', { a: new Items() }, 'an instance of the unregistered class Items at $.a.'],
    ['a boxed symbol', { a: Object(Symbol('x')) as object }, 'class Symbol at $.a.'],
    [
      'a view of shared memory',
      [new Int8Array(new SharedArrayBuffer(1))],
      'shared memory, viewed by Int8Array, at $[0].',
    ],
    ['detached memory', [detached.buffer], 'a detached ArrayBuffer at $[0].'],
    ['a view of detached memory', [detached], 'a detached ArrayBuffer, viewed by Uint8Array, at $[0].'],
    ['a weak map', { a: new WeakMap() }, 'a WeakMap at $.a. Send the entries'],
    ['an unknown class', { a: new Unknown() }, 'an instance of the unregistered class Unknown at $.a.'],
    ['an unnamed class', { a: new Unnamed() }, 'an object of an unnamed class at $.a.'],
    ['shared memory', { a: new SharedArrayBuffer(1) }, 'a SharedArrayBuffer at $.a. Send a copy'],
    ['an own key __proto__', { a: JSON.parse('{"__proto__":{}}') }, 'the key "__proto__" at $.a.'],
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

  it('is refused by an error whose stack begins where it was packed, however deep it stands', () => {
    function sender(): void {
      encodePayload({ a: { b: { c: { d: { e: { f: { g: { h: () => 1 } } } } } } } }, NO_TAGS)
    }
    assert.throws(sender, (error: Error) => /^ +at sender /.test(error.stack?.split('\n')[1] ?? ''))
  })

  it('is called a return value when it is one', () => {
    assert.throws(() => encodePayload(() => 1, NO_TAGS, 'return value'), /The return value cannot travel/)
  })
})
