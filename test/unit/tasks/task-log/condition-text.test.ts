import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConditions } from '../../../../src/tasks/task-log/condition-text.ts'
import { parseTime } from '../../../../src/tasks/task-log/query-time.ts'

const NOW = Date.parse('2026-11-21T10:00:00Z')
const parse = (...texts: string[]): unknown => parseConditions(texts, NOW)

describe('conditions of the command line', () => {
  it('are a column, a sign and a value', () => {
    assert.deepEqual(parse(), {})
    assert.deepEqual(parse('status=failed'), { status: { eq: 'failed' } })
    assert.deepEqual(parse('status!=failed'), { status: { neq: 'failed' } })
    assert.deepEqual(parse('name~mail%'), { name: { like: 'mail%' } })
    assert.deepEqual(parse('name!~mail%'), { name: { notLike: 'mail%' } })
    assert.deepEqual(parse('attempt>1'), { attempt: { gt: 1 } })
    assert.deepEqual(parse('id<=-5'), { id: { lte: -5 } })
    assert.deepEqual(parse(' owner = ann '), { owner: { eq: 'ann' } })
    assert.deepEqual(parse('label=a=b>c'), { label: { eq: 'a=b>c' } })
  })

  it('take several values separated by commas', () => {
    assert.deepEqual(parse('status=failed,completed'), { status: { in: ['failed', 'completed'] } })
    assert.deepEqual(parse('id!=1, 2'), { id: { notIn: [1, 2] } })
    assert.deepEqual(parse('name~a,b'), { name: { like: 'a,b' } })
  })

  it('must all hold, also several of one column', () => {
    assert.deepEqual(parse('id>=3', 'id<9', 'queue=mail'), { id: { gte: 3, lt: 9 }, queue: { eq: 'mail' } })
  })

  it('take times in the ways people write them', () => {
    assert.deepEqual(parse('createdAt>-1h'), { createdAt: { gt: NOW - 3_600_000 } })
    assert.deepEqual(parse('createdAt>=2026-11-01'), {
      createdAt: { gte: new Date(2026, 10, 1).getTime() },
    })
  })

  it('are refused with what was wrong', () => {
    const refusals: [string[], RegExp][] = [
      [['status'], /"status" is no condition; expected a column, one of = != < <= > >= ~ !~, and a value/],
      [['status='], /"status=" is no condition/],
      [['=failed'], /"=failed" is no condition/],
      [['nam=x'], /there is no column "nam"; expected one of id, status/],
      [['toString=x'], /there is no column "toString"/],
      [['status=done'], /there is no status "done"/],
      [['status=failed,'], /there is no status ""/],
      [['attempt>x'], /attempt gt "x"; expected a whole number/],
      [['attempt~1%'], /expected a whole number|like is for texts/],
      [['attempt~1'], /like is for texts/],
      [['createdAt>soon'], /createdAt gt "soon"; expected a time such as/],
      [['id>1', 'id>2'], /"id>2" is a second gt of id/],
    ]
    for (const [texts, message] of refusals) {
      assert.throws(() => parse(...texts), { code: 'TSRV_TASK_QUERY_INVALID', message })
    }
  })
})

describe('a time in a query', () => {
  it('counts back from now', () => {
    for (const [text, ago] of [
      ['-500ms', 500],
      ['-30s', 30_000],
      ['-1.5h', 5_400_000],
      ['-90d', 90 * 86_400_000],
    ] as const) {
      assert.equal(parseTime(text, NOW), NOW - ago, text)
    }
  })

  it('is a date, here or with its offset', () => {
    assert.equal(parseTime('2026-11-21T10:00Z', 0), NOW)
    assert.equal(parseTime('2026-11-21T12:00:00.000+02:00', 0), NOW)
    assert.equal(parseTime('2026-11-21T10:00', 0), new Date(2026, 10, 21, 10).getTime())
    assert.equal(parseTime('2024-02-29', 0), new Date(2024, 1, 29).getTime())
    assert.equal(parseTime('1700000000000', 0), 1_700_000_000_000)
  })

  it('is nothing else', () => {
    for (const text of [
      '',
      'now',
      '1h',
      '-1',
      '-1w',
      '2026-02-29',
      '2026-13-01',
      '2026-00-10',
      '2026-1-1',
      '2026-11-21T25:00',
      '21.11.2026',
    ]) {
      assert.equal(parseTime(text, NOW), undefined, text)
    }
  })
})
