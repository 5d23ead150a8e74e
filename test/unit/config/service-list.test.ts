import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { serviceList } from '../../../src/config/service-list.ts'

const { schema } = serviceList()
const DEFAULTS = { restart: 'always', stopTimeout: 5000, killTimeout: 10_000, env: {} }

describe('S19: the setting "services"', () => {
  it('takes modules by name, with or without options', () => {
    assert.deepEqual(
      v.parse(schema, { a: './a.ts', b: { module: './b.ts', restart: 'no', stopTimeout: '1s' } }),
      [
        { name: 'a', module: './a.ts', ...DEFAULTS },
        { name: 'b', module: './b.ts', ...DEFAULTS, restart: 'no', stopTimeout: 1000 },
      ],
    )
  })

  it('takes a list, which keeps its order', () => {
    const list = [
      { name: 'b', module: './b.ts' },
      { name: 'a', module: './a.ts', env: { A: '1' } },
    ]
    assert.deepEqual(v.parse(schema, list), [
      { ...DEFAULTS, ...list[0] },
      { ...DEFAULTS, ...list[1] },
    ])
  })

  for (const [what, wrong, path] of [
    [
      'a name twice',
      [
        { name: 'a', module: './a.ts' },
        { name: 'a', module: './b.ts' },
      ],
      [1],
    ],
    ['a name that could be a path', { '../a': './a.ts' }, ['../a']],
    ['a service without a module', { a: { restart: 'no' } }, ['a', 'module']],
    [
      'S20: a restart rule that there is not',
      { a: { module: './a.ts', restart: 'sometimes' } },
      ['a', 'restart'],
    ],
    ['an option that there is not', { a: { module: './a.ts', killTime: 1 } }, ['a', 'killTime']],
  ] as const) {
    it(`refuses ${what} and says where`, () => {
      const { issues = [] } = v.safeParse(schema, wrong)
      assert.deepEqual(
        issues[0]?.path?.map(({ key }) => key),
        path,
      )
    })
  }
})
