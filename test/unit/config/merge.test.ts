/** The strongest source wins key by key, every key has an origin, and nobody can change the result. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { FIELD_KEYS, FIELDS } from '../../../src/config/fields.ts'
import { merge } from '../../../src/config/merge.ts'

const PLACE = { root: '/app', file: undefined }
const flag = { kind: 'flag', name: '--x' } as const
const file = { kind: 'file', name: 'f', line: 2 } as const

function list(listener: string): object {
  return { replace: false, entries: [{ listener, deferred: false }] }
}

describe('merge', () => {
  it('is the defaults when nothing was given', () => {
    const { config, origins } = merge([], PLACE)
    assert.equal(config.host, '127.0.0.1')
    assert.equal(config.port, 8080)
    assert.equal(config.root, '/app')
    assert.equal(config.tasks.attempts, 1)
    assert.deepEqual([...origins.keys()], [...FIELD_KEYS])
    assert.ok([...origins.values()].every(({ kind }) => kind === 'default'))
  })

  it('takes the first value of each key and remembers where it came from', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(65_535), { minLength: 1 }), (ports) => {
        const given = ports.map(
          (value, index) => ({ key: 'port', value, origin: { kind: 'env', name: `E${index}` } }) as const,
        )
        const { config, origins } = merge(given, PLACE)
        assert.equal(config.port, ports[0])
        assert.equal(origins.get('port')?.name, 'E0')
      }),
    )
  })

  it('joins listeners by event', () => {
    const { config } = merge(
      [
        { key: 'listeners', value: { TaskEvent: list('strong') }, origin: flag },
        { key: 'listeners', value: { TaskEvent: list('weak'), TaskFinishEvent: list('weak') }, origin: file },
      ],
      PLACE,
    )
    assert.deepEqual(config.listeners, { TaskEvent: list('strong'), TaskFinishEvent: list('weak') })
  })

  it('is frozen all the way down, without freezing the table', () => {
    const { config } = merge([{ key: 'tasks.modules', value: ['./a.ts'], origin: file }], PLACE)
    for (const part of [
      config,
      config.tasks,
      config.tasks.modules,
      config.listeners,
      config.processes.execArgv,
    ]) {
      assert.ok(Object.isFrozen(part))
    }
    assert.ok(!Object.isFrozen(FIELDS.listeners.default))
  })

  it('does not let an event called __proto__ reach a prototype', () => {
    const value: object = JSON.parse('{"__proto__":{"polluted":true}}')
    const { config } = merge([{ key: 'listeners', value, origin: file }], PLACE)
    assert.equal(config.listeners['polluted'], undefined)
  })
})
