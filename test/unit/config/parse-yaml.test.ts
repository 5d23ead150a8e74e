/** YAML becomes data with exact lines, or one fault with its line. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { dump } from 'js-yaml'
import type { LineOf } from '../../../src/config/given.ts'
import { parseYaml } from '../../../src/config/parse-yaml.ts'

async function dataOf(text: string): Promise<{ data: unknown; lineOf: LineOf }> {
  const parsed = await parseYaml(text)
  assert.ok(parsed.kind === 'data', JSON.stringify(parsed))
  return parsed
}

async function faultOf(text: string): Promise<string> {
  const parsed = await parseYaml(text)
  assert.ok(parsed.kind === 'fault')
  return `${parsed.line ?? '-'}: ${parsed.message}`
}

const TEXT = `# a comment: with a colon
port: 1
"host": >-
  folded: text
  of two lines
tasks: &shared
  modules:
    - ./a.ts
    # - ./comment.ts
    -
    - { a: 1,
        b: [1,
          2] }
  nice:

? name
: x
http: *shared
listeners:
  ./e.ts#Made:
    - - deep
`

describe('parseYaml', () => {
  for (const [path, line] of [
    ['port', 2],
    ['host', 3],
    ['tasks', 6],
    ['tasks.modules', 7],
    ['tasks.modules[0]', 8],
    ['tasks.modules[1]', 10],
    ['tasks.modules[2].b', 12],
    ['tasks.modules[2].b[1]', 13],
    ['tasks.nice', 14],
    ['name', 16],
    ['http', 18],
    ['http.nice', 14],
    ['listeners../e.ts#Made[0][0]', 21],
  ] as const) {
    it(`tells that ${path} stands on line ${line}`, async () => {
      assert.equal((await dataOf(TEXT)).lineOf(path), line)
    })
  }

  it('knows the line of every key of any data', async () => {
    const name = fc.stringMatching(/^[a-z"'#:-]{1,5}$/)
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean())
    const tree = fc.dictionary(name, fc.oneof(leaf, fc.array(leaf), fc.dictionary(name, leaf)))
    await fc.assert(
      fc.asyncProperty(tree, async (data) => {
        const text = `# first\n${dump(data)}`
        if (Object.keys(data).length === 0) return
        const { lineOf } = await dataOf(text)
        const keyLines = text.split('\n').flatMap((line, index) => (/^[^\s#]/.test(line) ? [index + 1] : []))
        assert.deepEqual(
          Object.keys(data).map((key) => lineOf(key)),
          keyLines,
          text,
        )
      }),
    )
  })

  it('reads what every JSON file holds', async () => {
    const tree = fc.jsonValue().filter((value) => value !== null)
    await fc.assert(
      fc.asyncProperty(tree, fc.constantFrom('', '  ', '\t'), async (data, indent) => {
        const text = JSON.stringify({ data }, null, indent)
        assert.deepEqual((await dataOf(text)).data, JSON.parse(text))
      }),
    )
  })

  for (const [what, text, fault] of [
    ['a key twice', 'port: 1\nhost: a\nport: 2\n', /^3: is no YAML: duplicated mapping key/],
    ['a list that does not end', 'port: 1\nhost: [a\n', /^3: is no YAML: .+/],
    ['an indentation that fits nowhere', 'a:\n b: 1\n  c: 2\n', /^3: is no YAML: bad indentation/],
    ['a tag of JavaScript', 'a: !!js/function x', /^1: is no YAML: unknown .*tag/],
    ['an alias of nothing', 'a: *b', /^1: is no YAML: unidentified alias/],
    ['two documents', 'a: 1\n---\nb: 2\n', /^-: has more than one document/],
    ['only comments', '# port: 1\n', /^-: is empty/],
    ['only a document mark', '---\n', /^-: is empty/],
  ] as const) {
    it(`refuses ${what}`, async () => assert.match(await faultOf(text), fault))
  }

  it('refuses aliases of aliases that would multiply without end', async () => {
    const level = (index: number): string =>
      `l${index}: &l${index} [${Array.from({ length: 9 }, () => `*l${index - 1}`).join()}]`
    const text = ['l0: &l0 x', ...Array.from({ length: 9 }, (_, index) => level(index + 1))].join('\n')
    assert.match(await faultOf(text), /is no YAML: .*alias/)
  })
})
