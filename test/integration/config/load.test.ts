/** Config from end to end: files of every format, precedence, origins, and all problems at once. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type LoadConfigOptions, type LoadedConfig, loadConfig } from '../../../src/config/load.ts'
import { problemsOf } from '../../../src/config/problems.ts'

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))
const FIXTURES = path.join(REPOSITORY, 'test/fixtures/config')

function load(file: string | undefined, options: Partial<LoadConfigOptions> = {}): Promise<LoadedConfig> {
  return loadConfig({ cwd: FIXTURES, file, command: 'start', flags: {}, overrides: [], env: {}, ...options })
}

async function linesOf(file: string, options: Partial<LoadConfigOptions> = {}): Promise<string[]> {
  const error = await load(file, options).then(
    () => assert.fail('the config was accepted'),
    (error: unknown) => error as Error & { code: string; exitCode: number },
  )
  assert.equal(error.code, 'TSRV_CONFIG_INVALID')
  assert.equal(error.exitCode, 78)
  const lines = error.message.split('\n')
  assert.equal(problemsOf(error).length, lines.length - 1)
  return lines
}

let folder: string

before(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'tsrv-load-')))
  await writeFile(path.join(folder, 'package.json'), '{}')
})

after(() => rm(folder, { recursive: true }))

/** Writes a file that has the name of its content's test. */
async function written(name: string, text: string): Promise<string> {
  await writeFile(path.join(folder, name), text)
  return path.join(folder, name)
}

describe('without a config file', () => {
  it('the defaults hold', async () => {
    const { config } = await load(undefined, { cwd: folder })
    assert.equal(config.host, '127.0.0.1')
    assert.equal(config.port, 8080)
    assert.equal(config.root, folder)
    assert.equal(config.file, undefined)
  })
})

describe('the examples', () => {
  it('config.ini of Resonance is read unchanged', async () => {
    const { config, warnings, origins } = await load('config/config.ini', { cwd: REPOSITORY })
    assert.deepEqual(warnings, [])
    assert.equal(config.host, '127.0.0.1')
    assert.equal(config.port, 9501)
    assert.equal(config.taskWorkers, 4)
    assert.equal(config.log.level, 'debug')
    assert.equal(config.log.access, true)
    assert.deepEqual(Object.keys(config.listeners), ['TaskEvent', 'TaskFinishEvent'])
    assert.deepEqual(origins.get('port'), { kind: 'file', name: 'config/config.ini', line: 18 })
  })

  it('tsrv.config.ts is read', async () => {
    const { config, warnings } = await load('config/tsrv.config.ts', { cwd: REPOSITORY })
    assert.deepEqual(warnings, [])
    assert.equal(config.taskWorkers, 4)
    assert.deepEqual(config.app, { module: './src/app.ts', kind: 'auto' })
    assert.deepEqual(config.listeners['./src/events/user-created.ts#UserCreated'], {
      replace: false,
      entries: [{ listener: 'welcomeMailer', deferred: true }],
    })
    assert.equal(config.root, path.join(REPOSITORY, 'config'))
  })
})

describe('a TypeScript or JavaScript config', () => {
  it('may be a function of the command and the environment', async () => {
    const { config } = await load('function.config.ts', { command: 'status', env: { FIXTURE_NAME: 'x' } })
    assert.equal(config.name, 'status-x')
  })

  it('may be a promise, and what it leaves open keeps nothing alive', async () => {
    assert.equal((await load('promise.config.mjs')).config.workers, 3)
  })

  it('may be compiled to CommonJS', async () => {
    assert.equal((await load('commonjs.config.cjs')).config.workers, 2)
  })

  it('imports the running copy of tsrv', async () => {
    const { config } = await load('define.config.ts')
    assert.equal(config.listeners['TaskEvent']?.replace, true)
  })

  it('does not write to the standard output, and no warning about the type of its package', async () => {
    const file = await written(
      'typeless.config.ts',
      'console.log("loud")\nexport default { port: 1 as number }\n',
    )
    const loader = new URL('../../../src/config/load.ts', import.meta.url).href
    const options = { cwd: folder, file, command: 'start', flags: {}, overrides: [] }
    const program = `import { loadConfig } from ${JSON.stringify(loader)}
      const { config } = await loadConfig({ ...${JSON.stringify(options)}, env: process.env })
      console.log(config.port)`
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      program,
    ])
    assert.equal(stdout, '1\n')
    assert.equal(stderr, 'loud\n')
  })

  it('fills a compile cache when it is given a folder', async () => {
    const cacheDir = path.join(folder, 'cache')
    await load('function.config.ts', { cacheDir })
    assert.notEqual((await readdir(cacheDir)).length, 0)
  })

  it('has all its faults reported at once, each on its line', async () => {
    assert.deepEqual(await linesOf('faulty.config.ts'), [
      '✖ faulty.config.ts  port = 70000  Invalid port: expected an integer 0-65535',
      '✖ faulty.config.ts:10  workers = many  expected an integer 1-1024 or "auto"',
      '✖ faulty.config.ts:12  tasks.modls  unknown key — did you mean "tasks.modules"?',
      '✖ faulty.config.ts:17  listeners.TaskEvent[1] = null  expected a module path, "pkg:name#export", the name of a service, or { listener, deferred }',
      '4 problems; nothing was started.',
    ])
  })

  it('must be data', async () => {
    assert.deepEqual(await linesOf('not-data.config.ts'), [
      '✖ not-data.config.ts:3  app  the function app; config is data: name a module by path',
      '✖ not-data.config.ts:5  listeners.TaskEvent[0]  an instance of Date; config is data: name a module by path',
      '2 problems; nothing was started.',
    ])
  })

  it('that throws is one line with its place and no stack', async () => {
    assert.deepEqual(await linesOf('throws.config.ts'), [
      '✖ throws.config.ts:5  Error: no database',
      '1 problem; nothing was started.',
    ])
  })

  it('that imports something that throws names that file', async () => {
    const [line] = await linesOf('throws-elsewhere.config.ts')
    assert.match(line ?? '', /^✖ throws-elsewhere\.config\.ts {2}SyntaxError: .* \(thrower\.ts:2\)$/)
  })

  it('that ends its process is told so', async () => {
    const [line] = await linesOf('exits.config.mjs')
    assert.equal(line, '✖ exits.config.mjs  ended its process (exit status 7) before it exported anything')
  })

  it('that loses a rejection is told so', async () => {
    assert.match(
      (await linesOf('lost-rejection.config.mjs'))[0] ?? '',
      /^✖ lost-rejection\.config\.mjs:2 {2}Error: lost$/,
    )
  })

  it('without a default export is told what to write', async () => {
    assert.match(
      (await linesOf('no-default.config.mjs'))[0] ?? '',
      /exports no default: expected "export default/,
    )
  })

  it('with syntax that cannot be erased is told so, with line and remedy', async () => {
    const file = await written(
      'enum.config.ts',
      'const port: number = 1\n\nenum Colour {\n  Red,\n}\n\nexport default { port, x: Colour.Red }\n',
    )
    const [line] = await linesOf(file, { cwd: folder })
    assert.match(line ?? '', /^✖ enum\.config\.ts:3 {2}.*enum.*Node strips types and nothing more/)
  })

  it('with a syntax error is told the line', async () => {
    const file = await written('syntax.config.mjs', 'export default {\n  port: 1,\n  workers 2,\n}\n')
    assert.match((await linesOf(file, { cwd: folder }))[0] ?? '', /^✖ syntax\.config\.mjs:3 {2}SyntaxError: /)
  })

  it('that imports a missing file is told which', async () => {
    const file = await written('missing.config.ts', "import './gone.ts'\nexport default {}\n")
    assert.match(
      (await linesOf(file, { cwd: folder }))[0] ?? '',
      /^✖ missing\.config\.ts {2}Error: Cannot find module .*gone\.ts/,
    )
  })
})

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

describe('precedence', () => {
  const sources = {
    flags: { port: '1' },
    overrides: ['port=2'],
    env: { TSRV_PORT: '3', PORT: '4' },
  }

  it('is flags, -o, TSRV_*, PORT, file, defaults; each origin is known', async () => {
    const file = await written('precedence.ini', '[tsrv]\nport = 5\n')
    const seen: [number, string][] = []
    const steps = [{}, { flags: {} }, { overrides: [] }, { env: { PORT: '4' } }, { env: {} }]
    let options: Partial<LoadConfigOptions> = { ...sources, cwd: folder }
    for (const step of steps) {
      options = { ...options, ...step }
      const { config, origins } = await load(file, options)
      seen.push([config.port, origins.get('port')?.name ?? ''])
    }
    seen.push([(await load(undefined, { cwd: folder })).config.port, ''])
    assert.deepEqual(seen, [
      [1, '--port'],
      [2, '-o port'],
      [3, 'TSRV_PORT'],
      [4, 'PORT'],
      [5, 'precedence.ini'],
      [8080, ''],
    ])
  })

  it('lets no stronger source hide a faulty value', async () => {
    const file = await written('hidden.ini', '[tsrv]\nport = abc\nprt = 1\n')
    const bad = {
      flags: { workers: '0' },
      overrides: ['tasks.nice=99'],
      env: { TSRV_PORT: 'x', TSRV_PRT: '1', PORT: '1' },
    }
    assert.deepEqual(await linesOf(file, { ...bad, cwd: folder }), [
      '✖ TSRV_PRT  no setting has this name — did you mean "TSRV_PORT"?',
      '✖ TSRV_PORT  port = x  Invalid port: expected an integer 0-65535',
      '✖ hidden.ini:2  port = abc  Invalid port: expected an integer 0-65535',
      '✖ hidden.ini:3  prt  unknown key — did you mean "port"?',
      '✖ --workers  workers = 0  expected an integer 1-1024 or "auto"',
      '✖ -o tasks.nice  tasks.nice = 99  expected an integer 0-19',
      '6 problems; nothing was started.',
    ])
  })
})
