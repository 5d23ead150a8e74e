import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { locateRunDirectory, openRunDirectory } from '../../../src/control/run-directory.ts'

const unusable = { code: 'TSRV_RUN_DIR_UNUSABLE' }
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-run-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function ownDir(file: string): string {
  return locateRunDirectory({ root: '/srv', file, explicit: true }).dir
}

function mode(file: string): string {
  return (statSync(file).mode & 0o7777).toString(8)
}

describe('locating the run directory', () => {
  it('puts it beside the config that discovery finds', () => {
    const paths = locateRunDirectory({ root: '/srv/app', file: '/srv/app/tsrv.config.ts' })
    assert.equal(paths.dir, '/srv/app/.tsrv')
    assert.equal(paths.controlSocket, '/srv/app/.tsrv/control.sock')
    assert.equal(paths.tasksSocket, '/srv/app/.tsrv/tasks.sock')
    assert.equal(paths.serverJson, '/srv/app/.tsrv/server.json')
    assert.equal(paths.logFile, '/srv/app/.tsrv/server.log')
    assert.equal(paths.cacheDir, '/srv/app/.tsrv/cache')
  })

  it('works without a config file', () => {
    assert.equal(locateRunDirectory({ root: '/srv/app' }).dir, '/srv/app/.tsrv')
  })

  it('gives a config named by -c a folder of its own', () => {
    const paths = locateRunDirectory({ root: '/srv/app', file: '/srv/app/staging.ini', explicit: true })
    assert.equal(paths.dir, '/srv/app/.tsrv/staging')
  })

  it('keeps two configs apart that differ before the last extension', () => {
    assert.notEqual(ownDir('/srv/tsrv.a.ts'), ownDir('/srv/tsrv.b.ts'))
  })

  it('lets TSRV_RUN_DIR decide alone, relative to the root', () => {
    const question = { root: '/srv/app', file: '/srv/app/x.ini', explicit: true }
    assert.equal(locateRunDirectory({ ...question, override: '/run/shop' }).dir, '/run/shop')
    assert.equal(locateRunDirectory({ ...question, override: 'var/run' }).dir, '/srv/app/var/run')
    assert.equal(locateRunDirectory({ ...question, override: '' }).dir, '/srv/app/.tsrv/x')
  })

  it('never leaves .tsrv and never meets the files in it, whatever the config is called', () => {
    const taken = new Set(['.tsrv', 'cache', 'lock', 'server.json', 'control.sock', 'tasks.sock', 'ids.json'])
    const names = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('..', '...ts', 'cache.ts', 'lock.ini', '.ts', ' '),
    )
    fc.assert(
      fc.property(names, (name) => {
        const { dir } = locateRunDirectory({
          root: '/r',
          file: `/r/${name.replaceAll('/', '_')}`,
          explicit: true,
        })
        assert.equal(path.dirname(dir), '/r/.tsrv')
        assert.equal(taken.has(path.basename(dir)), false, dir)
        assert.match(path.basename(dir), /^[\w.-]+$/)
      }),
    )
  })

  it('does not merge two names that are made safe alike', () => {
    assert.notEqual(ownDir('/srv/a b.ts'), ownDir('/srv/a\tb.ts'))
  })

  it('moves sockets whose path would be too long into a folder of the user', () => {
    const root = `/${'long/'.repeat(20)}`
    const paths = locateRunDirectory({ root, tempDir: '/tmp', uid: 1000 })
    assert.match(paths.controlSocket, /^\/tmp\/tsrv-1000\/[0-9a-f]{16}-control\.sock$/)
    assert.match(paths.tasksSocket, /^\/tmp\/tsrv-1000\/[0-9a-f]{16}-tasks\.sock$/)
    assert.equal(paths.socketDir, '/tmp/tsrv-1000')
    assert.ok(paths.serverJson.startsWith(root))
  })

  it('stands in the temp directory for a folder that cannot be written', () => {
    const question = { root: '/srv/app', readOnly: true, tempDir: '/tmp', uid: 1000 }
    const paths = locateRunDirectory(question)
    assert.match(paths.dir, /^\/tmp\/tsrv-1000\/[0-9a-f]{16}$/)
    assert.equal(paths.controlSocket, path.join(paths.dir, 'control.sock'))
    assert.equal(paths.standsFor, '/srv/app/.tsrv')
    assert.notEqual(locateRunDirectory({ ...question, root: '/srv/other' }).dir, paths.dir)
  })

  it('does not stand in for a folder that TSRV_RUN_DIR chose', () => {
    const paths = locateRunDirectory({ root: '/srv/app', readOnly: true, override: '/run/shop' })
    assert.deepEqual([paths.dir, paths.standsFor], ['/run/shop', undefined])
  })

  it('counts bytes, not characters, and is free of collisions', () => {
    const sockets = new Set<string>()
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.constantFrom('a', 'ü', '漢'), (length, letter) => {
        const { controlSocket, dir } = locateRunDirectory({
          root: `/${letter.repeat(length)}`,
          tempDir: '/tmp',
        })
        assert.ok(Buffer.byteLength(controlSocket) <= 100)
        const inPlace = Buffer.byteLength(path.join(dir, 'control.sock')) <= 100
        assert.equal(controlSocket === path.join(dir, 'control.sock'), inPlace)
        sockets.add(controlSocket)
      }),
    )
    assert.ok(sockets.size > 20)
  })
})

describe('opening the run directory', () => {
  it('makes it for its user alone and keeps it out of version control', () => {
    const paths = locateRunDirectory({ root: folder })
    openRunDirectory(paths)
    assert.equal(mode(paths.dir), '700')
    assert.equal(readFileSync(path.join(paths.dir, '.gitignore'), 'utf8'), '*\n')
  })

  it('makes the stand-in in a folder of the temp directory that is the user’s alone', () => {
    const paths = locateRunDirectory({ root: '/srv/app', readOnly: true, tempDir: folder })
    openRunDirectory(paths)
    assert.deepEqual([mode(path.dirname(paths.dir)), mode(paths.dir)], ['700', '700'])
  })

  it('may be done again, and tightens a folder that was open', () => {
    const paths = locateRunDirectory({ root: folder })
    mkdirSync(paths.dir, { mode: 0o755 })
    openRunDirectory(paths)
    openRunDirectory(paths)
    assert.equal(mode(paths.dir), '700')
  })

  it('leaves the mode of a folder chosen by TSRV_RUN_DIR alone', () => {
    const override = path.join(folder, 'chosen')
    mkdirSync(override)
    chmodSync(override, 0o750)
    openRunDirectory(locateRunDirectory({ root: folder, override }))
    assert.equal(mode(override), '750')
  })

  it('refuses a folder chosen by TSRV_RUN_DIR that others may write to', () => {
    const override = path.join(folder, 'open')
    mkdirSync(override)
    chmodSync(override, 0o1777)
    assert.throws(() => openRunDirectory(locateRunDirectory({ root: folder, override })), unusable)
    assert.equal(mode(override), '1777')
  })

  it('says which folder cannot be made and why', () => {
    writeFileSync(path.join(folder, 'file'), '')
    const paths = locateRunDirectory({ root: path.join(folder, 'file') })
    assert.throws(() => openRunDirectory(paths), { ...unusable, message: /file\/\.tsrv: .*ENOTDIR/ })
  })

  it('makes the folder of moved sockets for its user alone', () => {
    const paths = locateRunDirectory({ root: path.join(folder, 'x'.repeat(100)), tempDir: folder })
    openRunDirectory(paths)
    assert.equal(mode(path.dirname(paths.controlSocket)), '700')
  })

  it('does not follow a link that somebody planted for the moved sockets', () => {
    const paths = locateRunDirectory({ root: path.join(folder, 'x'.repeat(100)), tempDir: folder })
    const trap = path.join(folder, 'trap')
    mkdirSync(trap)
    symlinkSync(trap, paths.socketDir ?? '')
    assert.throws(() => openRunDirectory(paths), { ...unusable, message: /not followed/ })
    assert.equal(mode(trap), '755')
  })

  it(
    'does not use a folder for the moved sockets that belongs to another user',
    { skip: process.getuid?.() !== 0 },
    async () => {
      const paths = locateRunDirectory({ root: path.join(folder, 'x'.repeat(100)), tempDir: folder })
      mkdirSync(paths.socketDir ?? '')
      chownSync(paths.socketDir ?? '', 65_534, 65_534)
      assert.throws(() => openRunDirectory(paths), { ...unusable, message: /belongs to user 65534/ })
      assert.equal(existsSync(paths.controlSocket), false)
    },
  )
})
