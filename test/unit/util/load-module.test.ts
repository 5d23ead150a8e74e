/** Modules of the user: found by their entry, and when they fail, told where and why. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import {
  describeLoadError,
  importModule,
  isModuleEntry,
  loadExport,
  resolveEntry,
} from '../../../src/util/load-module.ts'

const fixtures = path.join(import.meta.dirname, '../../fixtures')
const broken = path.join(fixtures, 'broken/load')

async function failure(file: string): Promise<string> {
  const loaded = importModule(pathToFileURL(path.join(broken, file)).href, 'listener')
  return loaded.then(
    () => assert.fail('it loaded'),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'TSRV_MODULE_FAILED')
      return error.message
    },
  )
}

describe('an entry', () => {
  it('is a module when it looks like a path or a package, else a service', () => {
    for (const entry of ['./a.ts', '../a.ts', '/abs/a.ts', 'pkg:a', '.hidden'])
      assert.ok(isModuleEntry(entry))
    for (const entry of ['mailer', 'a/b', '@scope/name', 'pkg']) assert.ok(!isModuleEntry(entry))
  })

  it('names the default export or the one after #', async () => {
    assert.equal(await loadExport('./load/good.ts', fixtures, 'test'), 'the default')
    assert.equal(await loadExport('./load/good.ts#named', fixtures, 'test'), 'the named')
    assert.equal(await loadExport('./load/good.ts#nope', fixtures, 'test'), undefined)
  })

  it('names a package and an export of it', async () => {
    assert.equal(typeof (await loadExport('pkg:pino#pino', fixtures, 'test')), 'function')
  })

  it('fails with the file that is not there', () => {
    assert.throws(() => resolveEntry('./nowhere.ts#x', fixtures, 'app'), {
      code: 'TSRV_MODULE_FAILED',
      message: `Cannot load ./nowhere.ts (app): there is no file ${path.join(fixtures, 'nowhere.ts')}`,
    })
  })

  it('fails with the package that is not installed', () => {
    assert.throws(() => resolveEntry('pkg:not-installed', fixtures, 'app'), {
      code: 'TSRV_MODULE_FAILED',
      message: /Cannot load pkg:not-installed \(app\): the package is not installed in /,
    })
  })
})

describe('a module that cannot be loaded', () => {
  it('is told with file and line of its syntax error', async () => {
    assert.match(await failure('syntax.ts'), /SyntaxError.*syntax\.ts:[23]/)
  })

  it('is told with the remedy when it has syntax that stripping types cannot remove', async () => {
    const message = await failure('enum.ts')
    assert.match(message, /enum/)
    assert.match(message, /enum\.ts/)
    assert.match(message, /build this file first, or pass a loader such as tsx through processes\.execArgv/)
  })

  for (const [file, line] of [
    ['decorator.ts', 7],
    ['imports-decorator.ts', 7],
  ] as const) {
    it(`is told with file, line and remedy when it has decorators (${file})`, async () => {
      const message = await failure(file)
      assert.match(message, new RegExp(`Decorators are not supported \\(/.*/decorator\\.ts:${line}\\)`))
      assert.match(message, /build this file first, or pass a loader such as tsx/)
    })
  }

  it('is told with the import that is missing', async () => {
    const message = await failure('inner-import.ts')
    assert.match(message, /Cannot find module .*not-there\.ts/)
    assert.doesNotMatch(message, /resolve:\d/, 'no line of Node itself')
  })

  it('is told with the line that threw', async () => {
    assert.match(await failure('throws.ts'), /TypeError: .* \(\/.*throws\.ts:3\)/)
  })

  it('is told with its own line when it was refused by something of ours', async () => {
    const message = await failure('refused.ts')
    assert.match(message, /wrong name; expected a text that is not empty\. \(\/.*refused\.ts:4\)/)
  })

  it('is told also when it threw no error', async () => {
    assert.match(await failure('throws-text.ts'), /a plain text/)
    assert.equal(describeLoadError(undefined), 'undefined')
  })

  it('keeps what was thrown as the cause', async () => {
    const loaded = importModule(pathToFileURL(path.join(broken, 'throws.ts')).href, 'x')
    await assert.rejects(loaded, (error: Error) => error.cause instanceof TypeError)
  })

  it('is told in one line', async () => {
    for (const file of ['syntax.ts', 'enum.ts', 'decorator.ts', 'inner-import.ts', 'throws.ts']) {
      assert.doesNotMatch(await failure(file), /\n/)
    }
  })
})
