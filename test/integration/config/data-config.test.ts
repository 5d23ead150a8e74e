/** JSON, YAML and package.json configs, and what holds for a config file of any format. */
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

describe('a YAML config', () => {
  it('may name its schema', async () => {
    const file = await written('good.yaml', '$schema: ./schema.json\ntasks: { nice: 0 }\n')
    assert.equal((await load(file)).config.tasks.nice, 0)
  })

  it('has its faults reported on exact lines', async () => {
    const text = [
      '# port: 1',
      'port: x',
      'tasks:',
      '  nice: 99',
      'listeners:',
      '  TaskEvent:',
      '    - ./a.ts',
      '    -',
      'log: { access: on }',
      'prt: 1',
    ]
    const file = await written('faulty.yml', text.join('\n'))
    assert.deepEqual(await linesOf(file, { cwd: folder }), [
      '✖ faulty.yml:2  port = x  Invalid port: expected an integer 0-65535',
      '✖ faulty.yml:4  tasks.nice = 99  expected an integer 0-19',
      '✖ faulty.yml:8  listeners.TaskEvent[1] = null  expected a module path, "pkg:name#export", the name of a service, or { listener, deferred }',
      '✖ faulty.yml:9  log.access = on  expected true or false',
      '✖ faulty.yml:10  prt  unknown key — did you mean "port"?',
      '5 problems; nothing was started.',
    ])
  })

  it('may not reach for prototypes', async () => {
    const file = await written('proto.yaml', 'tasks:\n  __proto__: { nice: 1 }\n')
    assert.match(
      (await linesOf(file, { cwd: folder }))[0] ?? '',
      /^✖ proto\.yaml:2 {2}tasks\.__proto__ {2}this name is reserved/,
    )
    assert.equal(Reflect.get({}, 'nice'), undefined)
  })

  it('may not contain itself', async () => {
    const file = await written('circle.yaml', 'tasks: &t\n  modules: *t\n')
    assert.match(
      (await linesOf(file, { cwd: folder }))[0] ?? '',
      /tasks\.modules {2}a value that contains itself/,
    )
  })

  it('that is no YAML is told the line', async () => {
    const file = await written('broken.yaml', 'port: 1\nhost: "a\n')
    assert.match((await linesOf(file, { cwd: folder }))[0] ?? '', /^✖ broken\.yaml:3 {2}is no YAML: .+/)
  })
})

describe('a package.json with settings', () => {
  it('has its faults reported on exact lines', async () => {
    const text =
      '{\n  "port": 1,\n  "tsrv": {\n    "tasks": {\n      "nice": 99\n    },\n    "prt": 1\n  }\n}'
    const file = await written('package.json', text)
    assert.deepEqual(await linesOf(file, { cwd: folder }), [
      '✖ package.json:5  tasks.nice = 99  expected an integer 0-19',
      '✖ package.json:7  prt  unknown key — did you mean "port"?',
      '2 problems; nothing was started.',
    ])
  })

  it('may not reach for prototypes', async () => {
    const file = await written('package.json', '{\n  "tsrv": {\n    "__proto__": {}\n  }\n}')
    assert.match(
      (await linesOf(file, { cwd: folder }))[0] ?? '',
      /^✖ package\.json:3 {2}__proto__ {2}this name/,
    )
  })

  for (const [text, message] of [
    ['{}', /has no key "tsrv": put the settings under it$/],
    ['{ "tsrv": 5 }', /expected an object of settings, received number 5$/],
    ['{ "tsrv": {}, }', /:1 {2}is no JSON: /],
  ] as const) {
    it(`given as ${text} is refused`, async () => {
      const file = await written('package.json', text)
      assert.match((await linesOf(file, { cwd: folder }))[0] ?? '', message)
    })
  }
})

describe('.tsrvrc', () => {
  for (const text of ['port: 5\n', '{\n\t"port": 5\n}\n']) {
    it(`may be ${JSON.stringify(text)}`, async () => {
      assert.equal((await load(await written('.tsrvrc', text))).config.port, 5)
    })
  }
})

describe('any config file', () => {
  for (const name of ['empty.ts', 'empty.json', 'empty.yaml', '.tsrvrc', 'empty.ini']) {
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
