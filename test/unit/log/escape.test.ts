/** Nothing that a user wrote can steer a terminal or fake a log line. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { escapeJsonLine, escapePretty } from '../../../src/log/escape.ts'

// oxlint-disable-next-line no-control-regex -- control characters are the subject
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
// oxlint-disable-next-line no-control-regex -- the same without tab and newline, which stacks consist of
const CONTROL_IN_PRETTY = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/

const nasty = fc.string({
  unit: fc.constantFrom(
    '\u001b',
    '\n',
    '\r',
    '\t',
    '\b',
    '\f',
    '\\',
    'u',
    '0',
    '9',
    'b',
    'n',
    '"',
    'msg',
    ':',
    '\u0085',
    '\u009b',
    '\u007f',
    '\u2028',
    'a',
    '\u0000',
  ),
})
// Names are the program's own. (Escaped ones meet a bug of V8: after {"\\":…} has been parsed, {"\u007f":…} comes out
// with the first one's name.)
const name = fc.constantFrom('msg', 'err', 'url', 'a b', '')
const record = fc.dictionary(name, fc.oneof(nasty, fc.record({ msg: nasty })))

describe('a line of NDJSON', () => {
  it('has no control character but the newline at its end, and still means the same', () => {
    fc.assert(
      fc.property(record, (fields) => {
        const line = escapeJsonLine(`${JSON.stringify(fields)}\n`)
        assert.doesNotMatch(line.slice(0, -1), CONTROL)
        assert.equal(line.at(-1), '\n')
        assert.deepEqual(JSON.parse(line), JSON.parse(JSON.stringify(fields)))
      }),
    )
  })
})

describe('a line for the pretty printer', () => {
  it('is one line of JSON without control characters, and none comes back when it is parsed', () => {
    fc.assert(
      fc.property(record, (fields) => {
        const line = escapePretty(`${JSON.stringify(fields)}\n`)
        assert.doesNotMatch(line.slice(0, -1), CONTROL)
        for (const text of textsOf(JSON.parse(line))) assert.doesNotMatch(text, CONTROL_IN_PRETTY)
      }),
    )
  })

  it('has no line end left in any message', () => {
    fc.assert(
      fc.property(nasty, nasty, (msg, inner) => {
        const parsed = JSON.parse(escapePretty(JSON.stringify({ nested: { msg: inner }, msg }))) as Record<
          string,
          unknown
        >
        assert.doesNotMatch(parsed['msg'] as string, /[\r\n]/)
      }),
    )
  })

  it('shows a literal backslash-u001b as the text it is, unlike the character', () => {
    const shown = (msg: string): unknown =>
      (JSON.parse(escapePretty(JSON.stringify({ msg }))) as { msg: unknown }).msg
    assert.equal(shown('\\u001b'), '\\u001b')
    assert.equal(shown('\\u0085'), '\\u0085')
    assert.equal(shown('\u001b[31m'), '\\u001b[31m')
    assert.equal(shown('\u0085'), '\\u0085')
    assert.equal(shown('a\nb'), 'a\\nb')
  })

  it('keeps the line ends of a stack', () => {
    const parsed = JSON.parse(escapePretty(JSON.stringify({ err: { stack: 'a\n  at b' }, msg: 'x' }))) as {
      err: { stack: string }
    }
    assert.equal(parsed.err.stack, 'a\n  at b')
  })
})

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => [key, ...textsOf(one)])
}
