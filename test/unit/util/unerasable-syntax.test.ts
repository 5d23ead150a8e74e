/** Decorators are found where Node names no place, and never where there are none. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { decoratorBehind, isUnerasable } from '../../../src/util/unerasable-syntax.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-decorator-'))
after(() => rmSync(folder, { recursive: true }))

const NODE_SAYS = new SyntaxError('Invalid or unexpected token')

function written(name: string, text: string): string {
  writeFileSync(path.join(folder, name), text)
  return path.join(folder, name)
}

describe('decoratorBehind', () => {
  for (const [text, line] of [
    ['const a = 1\n  @Injectable()\nexport class A {}', 2],
    ['export @sealed class A {}', 1],
    ['class A {\n  @field name = 1 }', 2],
    ['class A { constructor(\n@Inject() db) {} }', 2],
    ['class A { m() {}\n@(make()) n = 1 }', 2],
    ['/* @one\n@two */\n"@three"\n@four class A {}', 4],
  ] as const) {
    it(`finds the one in ${JSON.stringify(text)}`, () => {
      const file = written('found.ts', text)
      assert.deepEqual(decoratorBehind(NODE_SAYS, file), { file, line })
    })
  }

  for (const text of [
    '// @ts-check\n/** @type {number} */\nconst a = 1',
    'const a = "me@home", b = `\n@home`, c = \'@x\'',
    "import x from '@scope/name'\nconst a = x@y",
  ]) {
    it(`finds none in ${JSON.stringify(text)}`, () => {
      assert.equal(decoratorBehind(NODE_SAYS, written('none.ts', text)), undefined)
    })
  }

  it('follows relative imports, also in a circle', () => {
    const entry = written('entry.ts', "import './middle.ts'\nimport 'node:fs'\n")
    written('middle.ts', "export * from './entry.ts'\nconst later = () => import('./last.ts')\n")
    const last = written('last.ts', '\n@here class A {}')
    assert.deepEqual(decoratorBehind(NODE_SAYS, pathToFileURL(entry).href), { file: last, line: 2 })
  })

  it('looks for none behind any other error', () => {
    const file = written('other.ts', '@here class A {}')
    for (const error of [
      new SyntaxError('Unexpected identifier'),
      new TypeError('Invalid or unexpected token'),
    ]) {
      assert.equal(decoratorBehind(error, file), undefined)
    }
  })

  it('finds none in a file that cannot be read', () => {
    assert.equal(decoratorBehind(NODE_SAYS, path.join(folder, 'gone.ts')), undefined)
  })
})

describe('isUnerasable', () => {
  it('tells the error of type stripping by its code', () => {
    const error = Object.assign(new SyntaxError('x'), { code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' })
    assert.ok(isUnerasable(error))
    assert.ok(!isUnerasable(new SyntaxError('x')))
  })
})
