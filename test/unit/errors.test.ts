/** The error table against the sources, and errors on their way between processes. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { types } from 'node:util'
import * as fc from 'fast-check'
import { errorReference } from '../../scripts/error-reference.ts'
import { type ErrorCode, ERRORS, messageOf, TsrvError } from '../../src/errors.ts'
import { errorFromWire, errorToWire, type WireError } from '../../src/wire/error-report.ts'
import { encodePayload } from '../../src/wire/payload.ts'
import { NO_TAGS } from '../../src/wire/tags.ts'

const src = path.join(import.meta.dirname, '../../src')
const sources = globSync('**/*.ts', { cwd: src })
  .filter((file) => file !== 'errors.ts')
  .map((file) => readFileSync(path.join(src, file), 'utf8'))
  .join('\n')
const codes = Object.keys(ERRORS) as ErrorCode[]

function isThrown(code: string): boolean {
  return new RegExp(`(?:TsrvError|refusal)\\(\\s*'${code}'`).test(sources)
}

describe('the error table', () => {
  it('has a row for every TSRV_ code that the sources name', () => {
    // Settings from the environment begin with TSRV_ as well, but are not spoken of in such lines.
    const lines = sources.split('\n').filter((line) => /TsrvError|@throws|\bcode\b/.test(line))
    const named = new Set(lines.flatMap((line) => line.match(/\bTSRV_[A-Z][A-Z_]*[A-Z]\b/g) ?? []))
    assert.ok(named.size > 10)
    assert.deepEqual(
      [...named].filter((code) => !Object.hasOwn(ERRORS, code.slice('TSRV_'.length))),
      [],
    )
  })

  it('has no row that nothing throws', () => {
    assert.deepEqual(
      codes.filter((code) => !isThrown(code)),
      [],
    )
  })

  it('has no row that docs/errors.md leaves out', () => {
    const documented = readFileSync(path.join(src, '../docs/errors.md'), 'utf8')
    const headings = new Set(documented.match(/^## TSRV_\w+$/gm))
    assert.deepEqual(
      codes.filter((code) => !headings.has(`## TSRV_${code}`)),
      [],
    )
    assert.equal(headings.size, codes.length, 'and documents none that is not there')
  })

  it('is guarded by checks that can fail', () => {
    assert.ok(!isThrown('NO_SUCH_CODE'))
    assert.ok(!errorReference().includes('## TSRV_NO_SUCH_CODE'))
  })

  it('has its placeholders filled: nothing in braces reaches a reader', () => {
    for (const code of codes) {
      const names = [...ERRORS[code].text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
      const details = Object.fromEntries(names.map((name) => [name, `<${name}>`]))
      const error = new TsrvError(code, details as never)
      assert.doesNotMatch(error.message, /[{}]/)
      for (const name of names) assert.ok(error.message.includes(`<${name}>`))
      assert.equal(error.code, `TSRV_${code}`)
      assert.equal(error.exitCode, code.startsWith('CONFIG_') ? 78 : 1)
    }
  })

  it('fills a detail as it is, even when it looks like a placeholder', () => {
    const error = new TsrvError('STORE_TOO_NEW', { file: '{file} $& {found}', found: 3, known: 2 })
    assert.match(error.message, /^The task store \{file\} \$& \{found\} has version 3/)
  })
})

function report(error: Error): Error {
  return errorFromWire(structuredClone(errorToWire(error)))
}

describe('an error on the wire', () => {
  it('keeps name, message, stack, code and causes', () => {
    for (const code of ['E_X', 20]) {
      const error = Object.assign(new RangeError('far', { cause: new Error('why', { cause: 'text' }) }), {
        code,
      })
      const wire = structuredClone(errorToWire(error))
      const back = errorFromWire(wire) as Error & { code: unknown }
      assert.deepEqual(
        [back.name, back.message, back.stack, back.code],
        ['RangeError', 'far', error.stack, code],
      )
      const cause = back.cause as Error
      assert.equal(cause.message, 'why')
      assert.equal((cause.cause as Error).message, 'text')
    }
  })

  it('of our table becomes that class again, with details and exit status', () => {
    const error = new TsrvError('TASK_TIMEOUT', { id: 5, timeout: 10 })
    const back = errorFromWire(structuredClone(errorToWire(error)))
    assert.ok(back instanceof TsrvError)
    assert.deepEqual(
      [back.code, back.message, back.details],
      [error.code, error.message, { id: 5, timeout: 10 }],
    )
    assert.equal(back.stack, error.stack)
  })

  it('that has a code of ours is one of ours, as from another copy of the package', () => {
    const back = report(Object.assign(new Error('x'), { code: 'TSRV_CONFIG_INVALID' })) as TsrvError
    assert.ok(back instanceof TsrvError)
    assert.deepEqual([back.code, back.exitCode, back.details], ['TSRV_CONFIG_INVALID', 78, {}])
  })

  it('that only looks like ours stays an ordinary one', () => {
    for (const code of ['TSRV_toString', 'TASK_TIMEOUT', 'TSRV_']) {
      const back = report(Object.assign(new Error('x'), { code })) as Error & { code?: string }
      assert.ok(!(back instanceof TsrvError))
      assert.equal(back.code, code)
    }
  })

  it('keeps circles of causes, and ends where a chain goes on and on', () => {
    const first = new Error('first')
    first.cause = new TypeError('second', { cause: first })
    const back = report(first)
    assert.equal(((back.cause as Error).cause as Error).message, 'first')
    assert.equal((back.cause as Error).cause, back)
    assert.equal(report(Object.assign(new Error('x'), { cause: undefined })).cause, undefined)

    let chain = new Error('the first of many')
    for (let length = 0; length < 1000; length++) chain = new Error('next', { cause: chain })
    let depth = 0
    for (let error = report(chain); error.cause instanceof Error; error = error.cause) depth++
    assert.ok(depth > 5 && depth < 20)
  })

  it('is of the built-in class it was, whatever its own class', () => {
    class Unknown extends RangeError {
      override name = 'Unknown'
    }
    const back = report(new Unknown('far'))
    assert.ok(back instanceof RangeError && types.isNativeError(back))
    assert.equal(back.name, 'Unknown')
    const aborted = report(new DOMException('off', { name: 'AbortError', cause: 'user' })) as DOMException
    assert.ok(aborted instanceof DOMException)
    assert.deepEqual([aborted.name, aborted.message, aborted.code], ['AbortError', 'off', 20])
    assert.equal((aborted.cause as Error).message, 'user')
  })

  it('keeps the errors of an AggregateError', () => {
    const back = report(new AggregateError([new TypeError('a'), 'b'], 'all')) as AggregateError
    assert.ok(back instanceof AggregateError)
    assert.deepEqual(
      back.errors.map((one: Error) => [one.constructor.name, one.message]),
      [
        ['TypeError', 'a'],
        ['Error', 'b'],
      ],
    )
    assert.deepEqual(Object.keys(back), [])
  })

  it('keeps its own fields that are plain data, and leaves out the others instead of failing', () => {
    const plain = { errno: -2, path: '/x', issues: [{ at: ['a', 0], ok: false, none: null }] }
    const circle: { self?: unknown } = {}
    circle.self = circle
    const live = {
      run: () => 1,
      big: 1n,
      circle,
      socket: { inner: new Map() },
      forged: JSON.parse('{"__proto__":1}') as unknown,
    }
    const back = report(Object.assign(new Error('x'), plain, live))
    assert.deepEqual(Object.fromEntries(Object.entries(back)), plain)
    assert.deepEqual(errorFromWire(JSON.parse(JSON.stringify(errorToWire(back))) as WireError), back)
    assert.doesNotThrow(() => encodePayload(errorToWire(Object.assign(new Error('x'), live)), NO_TAGS))
  })

  it('survives getters that throw and names that are no text', () => {
    const odd = Object.defineProperties(new Error('x'), {
      message: { get: () => assert.fail() },
      name: { value: { toString: () => assert.fail() } },
      code: { get: () => assert.fail() },
    })
    assert.doesNotThrow(() => errorFromWire(errorToWire(odd)))
  })

  it('is made of anything that can be thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        assert.equal(typeof messageOf(thrown), 'string')
        assert.ok(errorFromWire(structuredClone(errorToWire(thrown))) instanceof Error)
      }),
    )
    for (const [thrown, message] of [
      ['text', 'text'],
      [undefined, 'undefined was thrown'],
      [null, 'null was thrown'],
      [{ a: 1 }, '{"a":1}'],
      [Symbol('s'), 'Symbol(s)'],
    ] as const) {
      assert.equal(messageOf(thrown), message)
    }
    const cycle: { self?: unknown; toString?: unknown } = {}
    cycle.self = cycle
    assert.equal(messageOf(cycle), 'a value that cannot be shown was thrown')
    assert.equal(typeof messageOf({ toJSON: () => undefined }), 'string')
  })
})
