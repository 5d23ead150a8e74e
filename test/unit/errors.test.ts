/** The error table against the sources, and errors on their way between processes. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type ErrorCode, ERRORS, errorFromWire, errorToWire, messageOf, TsrvError } from '../../src/errors.ts'

const src = path.join(import.meta.dirname, '../../src')
const sources = globSync('**/*.ts', { cwd: src })
  .filter((file) => file !== 'errors.ts')
  .map((file) => readFileSync(path.join(src, file), 'utf8'))
  .join('\n')
const codes = Object.keys(ERRORS) as ErrorCode[]

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
    const unused = codes.filter((code) => !new RegExp(`(?:TsrvError|refusal)\\(\\s*'${code}'`).test(sources))
    assert.deepEqual(unused, [])
  })

  it('has its placeholders filled: nothing in braces reaches a reader', () => {
    for (const code of codes) {
      const names = [...ERRORS[code].text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
      const details = Object.fromEntries(names.map((name) => [name, `<${name}>`]))
      const error = new TsrvError(code, details as never)
      assert.doesNotMatch(error.message, /[{}]/)
      for (const name of names) assert.ok(error.message.includes(`<${name}>`))
      assert.equal(error.code, `TSRV_${code}`)
      assert.equal(error.exitCode, ERRORS[code].exit)
    }
  })

  it('fills a detail as it is, even when it looks like a placeholder', () => {
    const error = new TsrvError('SERVICE_MISSING', { service: '{service} $& {call}' })
    assert.equal(error.message, 'The container has no service "{service} $& {call}".')
  })
})

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

  it('that only looks like ours stays an ordinary one', () => {
    const back = errorFromWire({ name: 'Error', message: 'x', code: 'TSRV_toString' })
    assert.ok(!(back instanceof TsrvError))
    assert.equal((back as Error & { code?: string }).code, 'TSRV_toString')
  })

  it('ends where a chain of causes goes on and on', () => {
    const circle = new Error('circle')
    circle.cause = circle
    let wire = errorToWire(circle)
    let depth = 0
    while (wire.cause !== undefined) {
      wire = wire.cause
      depth++
    }
    assert.ok(depth > 0 && depth < 20)
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
      [undefined, 'undefined'],
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
