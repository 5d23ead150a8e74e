/** JSON configs, and what holds for a config file of any format. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf, load, temporaryFolder } from './load-config.ts'

const { folder, written } = temporaryFolder()

describe('a JSON config', () => {
  it('may name its schema', async () => {
    const file = await written('good.json', '{ "$schema": "./schema.json", "tasks": { "nice": 0 } }')
    assert.equal((await load(file)).config.tasks.nice, 0)
  })

  it('has its faults reported on exact lines', async () => {
    const file = await written(
      'faulty.json',
      '{\n  "port": "x",\n  "tasks": {\n    "nice": 99\n  },\n  "http": 5,\n  "__proto__x": 1\n}',
    )
    assert.deepEqual(await linesOf(file, { cwd: folder }), [
      '✖ faulty.json:2  port = x  Invalid port: expected an integer 0-65535',
      '✖ faulty.json:4  tasks.nice = 99  expected an integer 0-19',
      '✖ faulty.json:6  http = 5  expected an object of settings',
      '✖ faulty.json:7  __proto__x  unknown key',
      '4 problems; nothing was started.',
    ])
  })

  it('may not reach for prototypes', async () => {
    const file = await written('proto.json', '{\n  "tasks": {\n    "__proto__": { "nice": 1 }\n  }\n}')
    assert.match(
      (await linesOf(file, { cwd: folder }))[0] ?? '',
      /^✖ proto\.json:3 {2}tasks\.__proto__ {2}this name is reserved/,
    )
  })

  for (const [name, text, line] of [
    ['comma.json', '{\n  "port": 1,\n}', 3],
    ['open.json', '{\n  "port": 1,\n  "host": "a"\n', 4],
    ['word.json', '{\n  "port": 1,\n  host: 1\n}', 3],
  ] as const) {
    it(`that is no JSON (${name}) is told the line`, async () => {
      const file = await written(name, text)
      assert.match(
        (await linesOf(file, { cwd: folder }))[0] ?? '',
        new RegExp(`^✖ ${name}:${line}  is no JSON: .+`),
      )
    })
  }

  it('must be an object', async () => {
    for (const text of ['[]', '5', 'null', '"x"']) {
      const file = await written('value.json', text)
      assert.match(
        (await linesOf(file, { cwd: folder }))[0] ?? '',
        /expected an object of settings, received/,
      )
    }
  })
})

describe('any config file', () => {
  for (const name of ['empty.ts', 'empty.json', 'empty.ini']) {
    it(`that is empty is a problem (${name})`, async () => {
      const file = await written(name, ' \n')
      assert.match((await linesOf(file, { cwd: folder }))[0] ?? '', new RegExp(`^✖ ${name}  is empty`))
    })
  }

  it('of an unknown format is a problem that lists the known ones', async () => {
    const file = await written('config.xml', '<port>1</port>')
    assert.match(
      (await linesOf(file, { cwd: folder }))[0] ?? '',
      /expected a file that ends in one of \.ts, .*\.ini/,
    )
  })

  it('given as INI must have a section of ours', async () => {
    const file = await written('other.ini', '[app]\nport = 1\n')
    assert.match((await linesOf(file, { cwd: folder }))[0] ?? '', /no section \[tsrv\] or \[swoole\]/)
  })

  it('that starts with a byte order mark is read', async () => {
    const file = await written('bom.ini', '\uFEFF[tsrv]\r\nport = 5\r\n')
    assert.equal((await load(file)).config.port, 5)
  })
})
