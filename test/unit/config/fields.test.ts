/** The table agrees with itself. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { envName, FIELD_KEYS, FIELDS } from '../../../src/config/fields.ts'

describe('the table of settings', () => {
  for (const key of FIELD_KEYS) {
    it(`has a default for ${key} that its own kind leaves as it is`, () => {
      const { default: fallback, is } = FIELDS[key]
      if (fallback === undefined) return
      const result = v.safeParse(is.schema, fallback)
      assert.deepEqual(result.output, fallback)
      assert.ok(result.success)
    })
  }

  it('nests environment names by a double underscore', () => {
    assert.equal(envName('tasks.broker'), 'TSRV_TASKS__BROKER')
    assert.equal(envName('http.keepAliveTimeout'), 'TSRV_HTTP__KEEP_ALIVE_TIMEOUT')
    assert.equal(envName('taskWorkers'), 'TSRV_TASK_WORKERS')
    assert.equal(envName('listeners'), undefined)
  })

  it('gives no environment name and no Swoole name twice', () => {
    const names = FIELD_KEYS.flatMap((key) => envName(key) ?? [])
    const aliases = FIELD_KEYS.flatMap((key) => FIELDS[key].swoole?.key ?? [])
    assert.equal(new Set(names).size, names.length)
    assert.equal(new Set(aliases).size, aliases.length)
  })
})
