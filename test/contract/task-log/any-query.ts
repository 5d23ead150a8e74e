/** Any query must find what a plain array holds that `matches` and the order say. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { NewTaskRecord, TaskLog, TaskRecord } from '../../../src/tasks/task-log.ts'
import { comparePlaces, placeOf } from '../../../src/tasks/task-log/cursor.ts'
import { matches } from '../../../src/tasks/task-log/matches.ts'
import {
  completeWhere,
  DEFAULT_SORT,
  SORT_COLUMNS,
  type TaskQuery,
  type TaskWhere,
} from '../../../src/tasks/task-log/query.ts'
import { STATUSES, type TaskStatus } from '../../../src/tasks/task-log/statuses.ts'
import { pages } from './lists.ts'
import { bring, change, FENCE, known, type LogRule, newRecord, START } from './stage.ts'

const RECORDS = 120
const RUNS = 250

/** Some that differ in case, in wildcards, and in order by code unit and by code point. */
const text = fc.constantFrom(
  '',
  'Mail',
  'mail',
  'MAIL',
  'm%l',
  'ma_l',
  'Éa',
  'éa',
  '10',
  '9',
  '\u{FF71}',
  '😀',
  'a😀b',
  'x',
)
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const time = fc.integer({ min: START, max: START + 20 })
const parent = fc.integer({ min: 1, max: 5 })
const status = fc.constantFrom<TaskStatus>(...STATUSES)

const record = fc.record({
  name: text,
  queue: text,
  label: maybe(text),
  owner: maybe(text),
  category: maybe(text),
  parentId: maybe(parent),
  createdAt: time,
})

const pattern = fc
  .array(fc.constantFrom('%', '_', 'm', 'A', 'il', 'é', '😀', '1'), { maxLength: 4 })
  .map((parts) => parts.join(''))

function condition<T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  const list = fc.array(value, { maxLength: 4 })
  const operators = {
    eq: value,
    neq: value,
    lt: value,
    lte: value,
    gt: value,
    gte: value,
    in: list,
    notIn: list,
  }
  return fc.oneof(
    value,
    fc.record({ ...operators, like: pattern, notLike: pattern }, { requiredKeys: [] }).map(few),
  )
}

/** All operators at once would let nothing through. */
function few(conditions: object): object {
  return Object.fromEntries(Object.entries(conditions).slice(0, 2))
}

const where = fc
  .record(
    {
      id: condition(fc.integer({ min: 1, max: RECORDS })),
      status: condition(status),
      name: condition(text),
      queue: condition(text),
      label: condition(text),
      owner: condition(text),
      category: condition(text),
      attempt: condition(fc.integer({ min: 0, max: 3 })),
      createdAt: condition(time),
      updatedAt: condition(fc.integer({ min: START, max: START + 1200 })),
      finishedAt: condition(fc.integer({ min: START + 1000, max: START + 1200 })),
      parentId: condition(parent),
    },
    { requiredKeys: [] },
  )
  .chain((all) => fc.shuffledSubarray(Object.entries(all), { maxLength: 2 }))
  .map((some) => Object.fromEntries(some) as TaskWhere)

const query = fc.record(
  {
    where,
    sort: fc.record({
      by: fc.constantFrom(...SORT_COLUMNS),
      order: fc.constantFrom('asc' as const, 'desc' as const),
    }),
    limit: fc.constantFrom(7, 50, 1000),
  },
  { requiredKeys: [] },
)

export const ANY_QUERY: LogRule = {
  rule: 'T25, T38: finds by any query what a plain array has, in its order, over all pages',
  async holds({ log }) {
    const records = await fill(log)
    await fc.assert(
      fc.asyncProperty(query, async (query) => {
        assert.deepEqual((await pages(log, query)).flat(), expected(records, query))
      }),
      // Queries are small as they are, and making one smaller takes hundreds of searches.
      { numRuns: RUNS, endOnFailure: true },
    )
  },
}

async function fill(log: TaskLog): Promise<TaskRecord[]> {
  const samples = fc.sample(fc.record({ record, status, attempt: fc.nat(3) }), { numRuns: RECORDS, seed: 7 })
  for (const [index, { record, status, attempt }] of samples.entries()) {
    const id = index + 1
    const given = Object.entries(record).filter(([, value]) => value !== undefined)
    await log.create([newRecord(id, Object.fromEntries(given) as Partial<NewTaskRecord>)])
    await bring(log, status, id)
    if (status === 'running')
      await log.transition(id, change('running', FENCE + 1, { attempt, duration: attempt * 1.5 }))
  }
  return Promise.all(samples.map((_, index) => known(log, index + 1)))
}

function expected(records: readonly TaskRecord[], { where, sort = DEFAULT_SORT }: TaskQuery): number[] {
  return records
    .filter((record) => matches(record, completeWhere(where)))
    .sort((one, other) => comparePlaces(placeOf(one, sort), placeOf(other, sort), sort))
    .map(({ id }) => id)
}
