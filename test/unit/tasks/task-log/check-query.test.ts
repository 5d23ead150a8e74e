import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { TsrvError } from '../../../../src/errors.ts'
import { checkQuery } from '../../../../src/tasks/task-log/check-query.ts'
import { cursorAfter, placeAfter } from '../../../../src/tasks/task-log/cursor.ts'
import { DEFAULT_SORT } from '../../../../src/tasks/task-log/query.ts'

function refusalOf(query: unknown): string {
  try {
    checkQuery(query)
  } catch (error) {
    assert.ok(error instanceof TsrvError && error.code === 'TSRV_TASK_QUERY_INVALID')
    return error.message
  }
  return 'accepted'
}

describe('a query from outside', () => {
  it('T25: is taken when everything in it is known', () => {
    const query = {
      where: {
        status: { in: ['failed', 'unknown'] },
        name: { like: 'mail%', neq: 'mailer' },
        attempt: 2,
        createdAt: { gte: 1_700_000_000_000, lt: 1_800_000_000_000 },
      },
      sort: { by: 'finishedAt', order: 'asc' },
      limit: 50,
    }
    assert.deepEqual(checkQuery(query), query)
    assert.deepEqual(checkQuery({}), {})
    assert.deepEqual(checkQuery({ sort: { by: 'id' } }), { sort: { by: 'id', order: 'desc' } })
  })

  it('T25: is refused with the reason, and what would be right', () => {
    const refusals: [unknown, RegExp][] = [
      [[], /the query is \[\]; expected an object/],
      [null, /the query is null/],
      [{ wehre: {} }, /the query has "wehre"; expected one of where, sort, limit, cursor/],
      [{ where: { nam: 'x' } }, /where has "nam"; expected one of id, status, name/],
      [{ where: JSON.parse('{"__proto__":{"eq":1}}') }, /where has "__proto__"/],
      [{ where: { constructor: 'x' } }, /where has "constructor"/],
      [{ where: { name: { equals: 'x' } } }, /name has "equals"; expected one of eq, neq/],
      [{ where: { name: 4 } }, /name is 4; expected a text/],
      [{ where: { name: null } }, /name is null/],
      [{ where: { name: ['a'] } }, /name is \["a"\]/],
      [{ where: { name: 'x'.repeat(1001) } }, /expected a text of at most 1000 characters/],
      [{ where: { attempt: '1' } }, /attempt is "1"; expected a whole number/],
      [{ where: { createdAt: { gt: 1.5 } } }, /createdAt is 1\.5; expected a whole number of milliseconds/],
      [{ where: { attempt: { like: '1%' } } }, /like is for texts, and attempt is a number/],
      [{ where: { status: 'done' } }, /there is no status "done"; expected one of enqueued/],
      [{ where: { status: { in: [] } } }, /status in is \[\]; expected a list of 1 to 1000 values/],
      [{ where: { id: { in: 5 } } }, /id in is 5/],
      [{ sort: { by: 'label' } }, /sort\.by is "label"; expected one of id, createdAt/],
      [{ sort: { by: 'id', order: 'up' } }, /sort\.order is "up"; expected asc or desc/],
      [{ limit: 0 }, /limit is 0; expected a whole number from 1 to 1000/],
      [{ limit: 1001 }, /limit is 1001/],
      [{ limit: '20' }, /limit is "20"/],
      [{ cursor: 'x' }, /the cursor "x" does not fit/],
      [{ cursor: 5 }, /cursor is 5/],
    ]
    for (const [query, message] of refusals) assert.match(refusalOf(query), message)
  })

  it('is taken or refused, whatever it is', () => {
    const anything = fc.anything({ withBigInt: false, maxDepth: 4 })
    fc.assert(
      fc.property(fc.oneof(anything, fc.record({ where: anything, sort: anything })), (query) => {
        assert.ok(refusalOf(query).length > 0)
      }),
    )
  })
})

describe('a cursor', () => {
  const record = { id: 7, createdAt: 55, updatedAt: 56, name: 'é', status: 'running' } as const

  it('leads to the place where the page ended, in every order', () => {
    assert.deepEqual(placeAfter({ cursor: cursorAfter(record, DEFAULT_SORT) }), { value: 55, id: 7 })
    for (const by of ['id', 'name', 'status', 'finishedAt'] as const) {
      const sort = { by, order: 'asc' } as const
      const value = by === 'finishedAt' ? null : record[by]
      assert.deepEqual(placeAfter({ sort, cursor: cursorAfter(record, sort) }), { value, id: 7 })
    }
    assert.equal(placeAfter({}), undefined)
  })

  it('is refused when someone has made it up', () => {
    for (const place of [
      '5',
      'null',
      '{}',
      '["createdAt","desc",{},1]',
      '["createdAt","desc",1,"1"]',
      '[]',
    ]) {
      const cursor = Buffer.from(place).toString('base64url')
      assert.throws(() => placeAfter({ cursor }), { code: 'TSRV_TASK_QUERY_INVALID' })
    }
  })
})
