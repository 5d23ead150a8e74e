/** Given values become normal values, or problems that name key, value and what was expected. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { FieldKey } from '../../../src/config/fields.ts'
import type { Given } from '../../../src/config/given.ts'
import { formatProblem } from '../../../src/config/problems.ts'
import { validate } from '../../../src/config/validate.ts'

function given(key: FieldKey, value: unknown, text = false): Given {
  return { key, value, text, written: key, origin: { kind: 'file', name: 'f', line: 1 } }
}

function valueOf(key: FieldKey, value: unknown, text = false): unknown {
  const { checked, problems } = validate([given(key, value, text)])
  assert.deepEqual(problems, [])
  return checked[0]?.value
}

function problemsOf(key: FieldKey, value: unknown, text = false): string[] {
  return validate([given(key, value, text)]).problems.map((problem) => formatProblem(problem))
}

describe('a port', () => {
  for (const port of [0, 1, 8080, 65_535]) {
    it(`may be ${port}`, () => assert.equal(valueOf('port', port), port))
  }
  for (const port of [-1, 65_536, 999_999, 80.5, NaN, '8080', null, true]) {
    it(`may not be ${JSON.stringify(port)}`, () => {
      assert.match(
        problemsOf('port', port)[0] ?? '',
        /^✖ f:1 {2}port = .* {2}Invalid port: expected an integer 0-65535$/,
      )
    })
  }
  it('is told in quotes when it is a text that looks like one, as variables of the environment are', () => {
    assert.match(problemsOf('port', '8080')[0] ?? '', /port = "8080" /)
    assert.match(problemsOf('port', '80800', true)[0] ?? '', /port = 80800 /)
    assert.match(problemsOf('port', 80_800)[0] ?? '', /port = 80800 /)
  })

  it('is read from text', () => {
    assert.equal(valueOf('port', ' 8080 ', true), 8080)
    for (const text of ['abc', '', '0x10', '1e3', '-1', '80.5'])
      assert.equal(problemsOf('port', text, true).length, 1)
  })
})

describe('other kinds', () => {
  for (const [key, value, normal] of [
    ['workers', 'auto', 'auto'],
    ['workers', 4, 4],
    ['taskWorkers', 0, 0],
    ['tasks.modules', './a.ts', ['./a.ts']],
    ['tasks.modules', ['./a.ts', './b.ts'], ['./a.ts', './b.ts']],
    ['processes.maxWaitTime', '2m', 120_000],
    ['processes.maxWaitTime', 0, 0],
    ['app', './app.ts', { module: './app.ts', kind: 'auto' }],
    ['app', { module: './app.ts', kind: 'web' }, { module: './app.ts', kind: 'web' }],
    ['log.pretty', 'auto', 'auto'],
    ['log.pretty', false, false],
  ] as const) {
    it(`${key} takes ${JSON.stringify(value)}`, () => assert.deepEqual(valueOf(key, value), normal))
  }

  for (const [key, text, normal] of [
    ['workers', 'auto', 'auto'],
    ['workers', '4', 4],
    ['log.access', 'on', true],
    ['log.access', 'False', false],
    ['log.access', '0', false],
    ['log.pretty', 'auto', 'auto'],
    ['log.level', 'silent', 'silent'],
    ['processes.bootTimeout', '5s', 5000],
    ['processes.bootTimeout', '250', 250],
    ['processes.execArgv', '--import, tsx', ['--import', 'tsx']],
    ['tasks.modules', './a.ts,./b.ts', ['./a.ts', './b.ts']],
    ['tasks.modules', './{a,b}/*.ts,./c.ts', ['./{a,b}/*.ts', './c.ts']],
    ['app', './app.ts', { module: './app.ts', kind: 'auto' }],
  ] as const) {
    it(`${key} reads the text ${text}`, () => assert.deepEqual(valueOf(key, text, true), normal))
  }

  for (const [key, value, message] of [
    ['workers', 0, /expected an integer 1-1024 or "auto"/],
    ['workers', 'many', /workers = many/],
    ['host', '', /expected an address/],
    ['log.level', 'verbose', /one of trace, debug, info, warn, error, fatal, silent/],
    ['log.access', 'yes please', /true or false/],
    ['tasks.broker', 'redis', /expected one of sqlite, memory/],
    ['tasks.nice', 20, /0-19/],
    ['tasks.modules', [1], /list of texts/],
    ['processes.bootTimeout', '5 parsecs', /500ms, 5s, 2m, 1h/],
    ['processes.bootTimeout', 0, /1ms to 24 days/],
    ['app', { module: './a.ts', knd: 'web' }, /app\.knd {2}unknown key — did you mean "app\.kind"/],
    ['app', { module: './a.ts', kind: 'php' }, /app\.kind = php/],
    ['app', null, /app = null/],
  ] as const) {
    it(`${key} refuses ${JSON.stringify(value)}`, () =>
      assert.match(problemsOf(key, value).join('\n'), message))
  }
})

describe('listeners', () => {
  it('have one normal form', () => {
    const normal = valueOf('listeners', {
      TaskEvent: './a.ts',
      TaskFinishEvent: ['./a.ts', { listener: 'mailer', deferred: true }],
      WorkerStartEvent: { replace: ['./b.ts'] },
      RequestEvent: [],
    })
    assert.deepEqual(normal, {
      TaskEvent: { replace: false, entries: [{ listener: './a.ts', deferred: false }] },
      TaskFinishEvent: {
        replace: false,
        entries: [
          { listener: './a.ts', deferred: false },
          { listener: 'mailer', deferred: true },
        ],
      },
      WorkerStartEvent: { replace: true, entries: [{ listener: './b.ts', deferred: false }] },
      RequestEvent: { replace: false, entries: [] },
    })
  })

  for (const bad of [null, true, 5, ['./a.ts'], '', {}, { deferred: true }]) {
    it(`refuse the entry ${JSON.stringify(bad)} by event and position`, () => {
      const lines = problemsOf('listeners', { TaskEvent: ['./a.ts', bad] })
      assert.equal(lines.length, 1)
      assert.match(lines[0] ?? '', /^✖ f:1 {2}listeners\.TaskEvent\[1\]/)
    })
  }

  for (const bad of [null, true, 5, '']) {
    it(`refuse ${JSON.stringify(bad)} as the only entry`, () => {
      assert.match(
        problemsOf('listeners', { TaskEvent: bad })[0] ?? '',
        /listeners\.TaskEvent = .* expected a module path/,
      )
    })
  }

  it('refuse an event without a name', () => {
    assert.equal(problemsOf('listeners', { '': './a.ts' }).length, 1)
  })

  it('refuse a list without events', () => {
    assert.match(problemsOf('listeners', ['./a.ts'])[0] ?? '', /listeners = /)
  })

  it('guess what a misspelt key of an entry means', () => {
    const [line] = problemsOf('listeners', { TaskEvent: [{ listener: 'a', defered: true }] })
    assert.match(
      line ?? '',
      /listeners\.TaskEvent\[0\]\.defered {2}unknown key — did you mean "listeners\.TaskEvent\[0\]\.deferred"/,
    )
  })

  it('normalise any mix of valid entries without losing one', () => {
    const name = fc.stringMatching(/^[./a-z]{1,6}$/)
    const entry = fc.oneof(name, fc.record({ listener: name, deferred: fc.boolean() }))
    const lists = fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{1,6}$/), fc.array(entry))
    fc.assert(
      fc.property(lists, (input) => {
        const expected = Object.entries(input).map(([event, list]) => {
          const entries = list.map((one) =>
            typeof one === 'string' ? { listener: one, deferred: false } : { ...one },
          )
          return [event, { replace: false, entries }]
        })
        assert.deepEqual(valueOf('listeners', input), Object.fromEntries(expected))
      }),
    )
  })
})

describe('validate', () => {
  it('reports all problems at once', () => {
    const { problems } = validate([
      given('port', 'x'),
      given('workers', 0),
      given('host', 'a'),
      given('name', 5),
    ])
    assert.deepEqual(
      problems.map(({ key }) => key),
      ['port', 'workers', 'name'],
    )
  })
})
