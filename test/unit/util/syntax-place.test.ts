/** Errors of syntax are found in the file and line where V8 met them, and errors that are none are not looked for. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { syntaxPlace } from '../../../src/util/syntax-place.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-syntax-'))
after(() => rmSync(folder, { recursive: true }))

function written(name: string, text: string): string {
  writeFileSync(path.join(folder, name), text)
  return path.join(folder, name)
}

/** What `import()` rejects with. */
async function thrownBy(file: string): Promise<Error> {
  const url = pathToFileURL(file).href
  return import(url).then(
    () => assert.fail('it loads'),
    (error: Error) => error,
  )
}

describe('syntaxPlace', () => {
  for (const [name, text, line] of [
    ['token.js', 'export default 1\nconst a = = 2', 2],
    ['twice.js', 'let a = 1\n\nlet a = 2\nexport default a', 3],
    ['twice.ts', 'let a: number = 1\n\nlet a: number = 2\nexport default a', 3],
    ['open.mjs', 'export default {\n  fetch() {', 2],
  ] as const) {
    it(`finds the one in ${name}`, async () => {
      const file = written(name, text)
      assert.deepEqual(syntaxPlace(await thrownBy(file), file), { file, line })
    })
  }

  it('finds the one in a module that is imported', async () => {
    const entry = written('entry.js', "import './sound.js'\nimport './broken.js'")
    written('sound.js', "// export default = 1\nimport './entry.js'")
    const broken = written('broken.js', '\n\nexport default = 1')
    const error = await thrownBy(entry)
    assert.deepEqual(syntaxPlace(error, pathToFileURL(entry).href), { file: broken, line: 3 })
  })

  it('looks into code alone: not into data, nor into what is imported in a comment', async () => {
    written('data.json', '{ "a": 1 }')
    written('old.js', 'const a: number = 1')
    const broken = written('typed.js', '\nconst a: number = 1')
    const text =
      "import data from './data.json' with { type: 'json' }\n// import './old.js'\nimport './typed.js'"
    const entry = written('mixed.js', text)
    assert.deepEqual(syntaxPlace(await thrownBy(entry), entry), { file: broken, line: 2 })
  })

  it('names none of two that are wrong in the same way', async () => {
    written('one.js', 'export default = 1')
    written('two.js', '\nexport default = 2')
    const entry = written('both.js', "import './one.js'\nimport './two.js'")
    assert.equal(syntaxPlace(await thrownBy(entry), entry), undefined)
  })

  it('leaves alone what is another error, or only sounds like one', () => {
    const file = written('other.js', 'export default = 1')
    assert.equal(syntaxPlace(new TypeError("Unexpected token '='"), file), undefined)
    assert.equal(syntaxPlace(new SyntaxError('Unexpected end of JSON input'), file), undefined)
    assert.equal(
      syntaxPlace(new SyntaxError("Unexpected token '='"), path.join(folder, 'gone.js')),
      undefined,
    )
  })
})
