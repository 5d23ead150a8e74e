/** Lines of keys: exact in JSON, never a wrong one in code. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { locateKeys } from '../../../src/config/locate.ts'

const CODE = `import { defineConfig } from '@tsrv/server'
interface Other { port: number, tasks: { nice: number } }
// port: 1
export default defineConfig({
  port: 8080, /* workers:
  4 */ workers: 4,
  tasks: {
    'modules': ['./a.ts', \`./b
.ts\`],
    nice: 10,
  },
  listeners: {
    TaskEvent: replace([
      './a.ts',
      { listener: 'x', deferred: true },
      null,
    ]),
    './e.ts#Made': 'mailer',
  },
})
`

describe('locateKeys', () => {
  it('finds keys of a TypeScript config behind what it exports', () => {
    const lineOf = locateKeys(CODE)
    assert.equal(lineOf('port'), 5)
    assert.equal(lineOf('workers'), 6)
    assert.equal(lineOf('tasks.modules'), 8)
    assert.equal(lineOf('tasks.nice'), 10)
    assert.equal(lineOf('listeners../e.ts#Made'), 18)
  })

  it('finds elements of a list', () => {
    const lineOf = locateKeys(CODE)
    assert.equal(lineOf('listeners.TaskEvent[0]'), 14)
    assert.equal(lineOf('listeners.TaskEvent[1].deferred'), 15)
    assert.equal(lineOf('listeners.TaskEvent[2]'), 16)
  })

  it('falls back to the list for an element that is not written out', () => {
    assert.equal(locateKeys(CODE)('listeners.TaskEvent.replace[7]'), 13)
  })

  it('finds a key in a constant that is exported later', () => {
    assert.equal(locateKeys('const config = {\n  port: 1,\n}\nexport default config\n')('port'), 2)
  })

  it('takes no member of a type for a key', () => {
    const code =
      'interface A { host: string, tasks: { nice: number } }\ntype B = { port: number }\nexport default load()\n'
    for (const path of ['host', 'tasks.nice', 'nice', 'port']) assert.equal(locateKeys(code)(path), undefined)
  })

  it('finds a property in shorthand', () => {
    assert.equal(locateKeys('export default {\n  port,\n  workers\n}\n')('workers'), 3)
  })

  it('tells nothing rather than a line that may be wrong', () => {
    const code = 'const a = {\n  port: 1,\n}\nconst b = {\n  port: 2,\n}\nexport default pick(a, b)\n'
    assert.equal(locateKeys(code)('port'), undefined)
    assert.equal(locateKeys(CODE)('tasks.broker'), undefined)
  })

  it('knows the line of every key of any JSON', () => {
    const name = fc.stringMatching(/^[a-z"\\]{1,5}$/)
    const tree = fc.dictionary(
      name,
      fc.oneof(fc.string(), fc.array(fc.integer()), fc.dictionary(name, fc.boolean())),
    )
    fc.assert(
      fc.property(tree, (data) => {
        const text = JSON.stringify(data, null, 2)
        const lineOf = locateKeys(text)
        for (const [key, value] of Object.entries(data)) {
          const line = text.split('\n')[(lineOf(key) ?? 0) - 1] ?? ''
          assert.ok(line.startsWith(`  ${JSON.stringify(key)}:`), `${key} is not on ${line}`)
          if (Array.isArray(value) && value.length > 0)
            assert.equal(lineOf(`${key}[0]`), (lineOf(key) ?? 0) + 1)
        }
      }),
    )
  })
})
