/** TypeScript and JavaScript configs: what they may export, and how each way to fail is told. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { linesOf, load, temporaryFolder } from './load-config.ts'

const { folder, written } = temporaryFolder()

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
      '✖ faulty.config.ts:9  port = 70000  Invalid port: expected an integer 0-65535',
      '✖ faulty.config.ts:10  workers = many  expected an integer 1-1024 or "auto"',
      '✖ faulty.config.ts:12  tasks.modls  unknown key — did you mean "tasks.modules"?',
      '✖ faulty.config.ts:15  listeners.TaskEvent[1] = null  expected a module path, "pkg:name#export", the name of a service, or { listener, deferred }',
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

  it('with a decorator is told so, with line and remedy', async () => {
    const text =
      'function sealed(): void {}\n\n@sealed\nclass Port { n: number = 1 }\n\nexport default { port: new Port().n }\n'
    const file = await written('decorator.config.ts', text)
    assert.match(
      (await linesOf(file, { cwd: folder }))[0] ?? '',
      /^✖ decorator\.config\.ts:3 {2}SyntaxError: Decorators are not supported\. Node strips types and nothing more/,
    )
  })

  it('that imports a decorator is told the other file', async () => {
    await written('entity.ts', 'const id = (): void => {}\nexport class Entity {\n  @id n: number = 1\n}\n')
    const file = await written(
      'imports.config.ts',
      "import { Entity } from './entity.ts'\nexport default { port: new Entity().n }\n",
    )
    assert.match(
      (await linesOf(file, { cwd: folder }))[0] ?? '',
      /^✖ imports\.config\.ts {2}SyntaxError: Decorators are not supported\..* \(entity\.ts:3\)$/,
    )
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
