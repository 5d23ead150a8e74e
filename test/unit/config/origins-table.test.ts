/** Where each value comes from, as columns. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FIELD_KEYS } from '../../../src/config/fields.ts'
import type { Given } from '../../../src/config/given.ts'
import { merge } from '../../../src/config/merge.ts'
import { originsTable } from '../../../src/config/origins-table.ts'
import { validate } from '../../../src/config/validate.ts'

function tableOf(...given: Given[]): readonly string[] {
  return originsTable(merge(validate(given).checked, { root: '/app', file: undefined }))
}

const FILE = { kind: 'file', name: 'tsrv.config.yaml', line: 2 } as const

describe('originsTable', () => {
  it('has a line for each setting, in the order of the table', () => {
    const names = tableOf().map((line) => line.split(' ', 1)[0])
    assert.deepEqual(names, ['SETTING', ...FIELD_KEYS])
  })

  it('names file and line, flag, variable or default', () => {
    const table = tableOf(
      { key: 'port', value: 1, text: false, written: 'port', origin: FILE },
      {
        key: 'workers',
        value: '2',
        text: true,
        written: 'workers',
        origin: { kind: 'flag', name: '--workers' },
      },
      { key: 'name', value: 'x', text: true, written: 'name', origin: { kind: 'env', name: 'TSRV_NAME' } },
    )
    for (const line of [
      /^port +tsrv\.config\.yaml:2 +1$/,
      /^workers +--workers +2$/,
      /^name +TSRV_NAME +"x"$/,
    ]) {
      assert.ok(
        table.some((row) => line.test(row)),
        String(line),
      )
    }
    assert.ok(table.some((row) => /^host +default +"127\.0\.0\.1"$/.test(row)))
    assert.ok(table.some((row) => /^socket +default +-$/.test(row)))
  })

  it('aligns its columns', () => {
    const table = tableOf({ key: 'port', value: 1, text: false, written: 'port', origin: FILE })
    const [header = ''] = table
    for (const column of ['FROM', 'VALUE']) {
      const at = header.indexOf(column)
      for (const line of table) assert.match(line.slice(at - 2), /^ {2}\S/, line)
    }
  })

  it('tells for each event where its listeners come from', () => {
    const lines = new Map([['listeners.TaskEvent', 4]])
    const table = tableOf(
      {
        key: 'listeners',
        value: { TaskEvent: './a.ts' },
        text: false,
        written: 'listeners.TaskEvent',
        origin: { kind: 'override', name: '-o listeners.TaskEvent' },
      },
      {
        key: 'listeners',
        value: { RequestEvent: './b.ts', TaskEvent: './c.ts' },
        text: false,
        written: 'listeners',
        origin: FILE,
        lineOf: (path) => lines.get(path),
      },
    )
    assert.ok(table.some((row) => /^listeners\.TaskEvent +-o listeners\.TaskEvent +.*\.\/a\.ts/.test(row)))
    assert.ok(table.some((row) => /^listeners\.RequestEvent +tsrv\.config\.yaml:2 +.*\.\/b\.ts/.test(row)))
  })
})
