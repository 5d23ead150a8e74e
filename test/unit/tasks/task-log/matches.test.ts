/** SQLite itself says what is right. */
import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { matches } from '../../../../src/tasks/task-log/matches.ts'
import { type Cell, compareCells, isLike } from '../../../../src/tasks/task-log/order.ts'
import type { Condition } from '../../../../src/tasks/task-log/query.ts'

const db = new DatabaseSync(':memory:')
after(() => db.close())

function sql(expression: string, ...values: SQLInputValue[]): unknown {
  return db.prepare(`SELECT ${expression} AS answer`).get(...values)?.answer
}

const character = fc.constantFrom('a', 'A', 'b', '%', '_', 'é', 'É', '😀', '\u{FF71}', '1', ' ')
const text = fc.array(character, { maxLength: 8 }).map((characters) => characters.join(''))
const pattern = fc
  .array(fc.oneof(character, fc.constantFrom('%', '_')), { maxLength: 8 })
  .map((all) => all.join(''))
const cell: fc.Arbitrary<Cell> = fc.oneof(fc.constant(null), text, fc.integer({ min: -3, max: 30 }))

const SIGNS = { eq: '=', neq: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

const matchesName = (name: string | undefined, condition: Condition<string>): boolean =>
  matches({ name } as never, { name: condition })

describe('matching records without a database', () => {
  it('knows LIKE as SQLite does', () => {
    fc.assert(
      fc.property(text, pattern, (text, pattern) => {
        assert.equal(isLike(text, pattern), sql('? LIKE ?', text, pattern) === 1)
      }),
      { numRuns: 2000 },
    )
  })

  it('matches a pattern of many wildcards in no time', () => {
    assert.equal(isLike('a'.repeat(1000), `${'%a'.repeat(400)}b`), false)
  })

  it('orders as SQLite does: nothing, numbers, texts by code point', () => {
    fc.assert(
      fc.property(cell, cell, (one, other) => {
        const rows = db.prepare(
          'SELECT * FROM (SELECT ? AS cell, 1 AS no UNION ALL SELECT ?, 2) ORDER BY cell, no',
        )
        const first = rows.get(one, other)?.no
        assert.equal(compareCells(one, other) <= 0 ? 1 : 2, first)
      }),
      { numRuns: 1000 },
    )
  })

  it('compares as SQLite does, also with nothing', () => {
    const name = fc.option(text, { nil: undefined })
    fc.assert(
      fc.property(
        name,
        fc.constantFrom('eq', 'neq', 'lt', 'lte', 'gt', 'gte'),
        text,
        (name, operator, value) => {
          const expected = sql(`? ${SIGNS[operator]} ?`, name ?? null, value) === 1
          assert.equal(matchesName(name, { [operator]: value }), expected)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('knows lists as SQLite does, also empty ones and nothing', () => {
    const name = fc.option(text, { nil: undefined })
    fc.assert(
      fc.property(name, fc.array(text, { maxLength: 3 }), (name, list) => {
        const marks = list.map(() => '?').join(', ')
        assert.equal(matchesName(name, { in: list }), sql(`? IN (${marks})`, name ?? null, ...list) === 1)
        assert.equal(
          matchesName(name, { notIn: list }),
          sql(`? NOT IN (${marks})`, name ?? null, ...list) === 1,
        )
      }),
    )
  })

  it('knows the absence of LIKE as SQLite does', () => {
    fc.assert(
      fc.property(fc.option(text, { nil: undefined }), pattern, (name, notLike) => {
        assert.equal(matchesName(name, { notLike }), sql('? NOT LIKE ?', name ?? null, notLike) === 1)
      }),
    )
  })

  it('wants all conditions to hold', () => {
    const record = { id: 4, name: 'mail', attempt: 2 } as never
    assert.equal(matches(record, {}), true)
    assert.equal(matches(record, { id: 4, name: { like: 'M%' } }), true)
    assert.equal(matches(record, { id: 4, name: 'other' }), false)
    assert.equal(matches(record, { attempt: { gt: 1, lt: 3 } }), true)
    assert.equal(matches(record, { attempt: { gt: 1, lt: 2 } }), false)
    assert.equal(matches(record, { parentId: { neq: 1 } }), false)
  })
})
