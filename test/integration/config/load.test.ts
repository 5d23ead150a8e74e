/** Config from end to end: the examples, precedence with origins, and all problems at once. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LoadConfigOptions } from '../../../src/config/load.ts'
import { linesOf, load, temporaryFolder } from './load-config.ts'

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))

const { folder, written } = temporaryFolder()

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

describe('the same settings', () => {
  const reference = load('config/tsrv.config.ts', { cwd: REPOSITORY })
  const names = [
    'tsrv.config.js',
    'tsrv.config.json',
    'tsrv.config.yaml',
    '.tsrvrc',
    'package.json',
    'tsrv.ini',
  ]
  for (const name of names) {
    it(`are in config/${name}`, async () => {
      const [{ config: wanted }, { config, warnings }] = await Promise.all([
        reference,
        load(`config/${name}`, { cwd: REPOSITORY }),
      ])
      // INI has no way to write an entry that is an object.
      const { './src/events/user-created.ts#UserCreated': deferred, ...plain } = wanted.listeners
      assert.ok(deferred?.entries[0]?.deferred)
      const listeners = name.endsWith('.ini') ? plain : wanted.listeners
      assert.deepEqual(config, { ...wanted, listeners, file: path.join(REPOSITORY, 'config', name) })
      assert.deepEqual(warnings, [])
    })
  }
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
      '✖ --workers  workers = 0  expected an integer 1-1024 or "auto"',
      '✖ -o tasks.nice  tasks.nice = 99  expected an integer 0-19',
      '✖ TSRV_PRT  no setting has this name — did you mean "TSRV_PORT"?',
      '✖ TSRV_PORT  port = x  Invalid port: expected an integer 0-65535',
      '✖ hidden.ini:2  port = abc  Invalid port: expected an integer 0-65535',
      '✖ hidden.ini:3  prt  unknown key — did you mean "port"?',
      '6 problems; nothing was started.',
    ])
  })
})
