import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { Loaded } from '../../../src/wire/loaded.ts'

const PROGRAM = path.resolve(import.meta.dirname, '../../fixtures/reports-loads.ts')
const root = mkdtempSync(path.join(tmpdir(), 'tsrv-loads-'))
after(() => rmSync(root, { recursive: true }))

interface Output {
  readonly stdout: string
  readonly stderr: string
}

async function loadsOf(...of: Parameters<typeof run>): Promise<Loaded[]> {
  const { stdout } = await run(...of)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Loaded)
}

/** Makes the files and loads `main` in a process of its own, until that ends. */
async function run(
  main: string,
  files: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Output> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), text)
  }
  const ended = promisify(execFile)(process.execPath, [PROGRAM, path.join(root, main), ...args])
  return await ended.catch((error: unknown) => error as Output)
}

/** Relative names, in the order in which they were reported. */
const names = (messages: readonly Loaded[]): string[] =>
  messages.flatMap(({ files }) => files.map(([file]) => path.relative(root, file)))

describe('the files that a process tells of', () => {
  it('are all that it loads: modules, what they import, what is required, JSON', async () => {
    const messages = await loadsOf('graph/app.ts', {
      'graph/package.json': '{ "type": "module" }',
      'graph/app.ts': `import './one.ts'\nimport './two.cjs'\nimport './data.json' with { type: 'json' }`,
      'graph/one.ts': 'export const one: number = 1',
      'graph/two.cjs': `require('./three.cjs'); require('./more.json')`,
      'graph/three.cjs': 'module.exports = 3',
      'graph/data.json': '{}',
      'graph/more.json': '{}',
      'graph/never.ts': 'nobody imports this',
    })
    const expected = ['app.ts', 'data.json', 'more.json', 'one.ts', 'three.cjs', 'two.cjs']
    assert.deepEqual(
      names(messages).toSorted(),
      expected.map((name) => `graph/${name}`),
    )
    assert.ok(messages.every(({ type, generation }) => type === 'loaded' && generation === 7))
  })

  it('come with the time at which they were written', async () => {
    const [message] = await loadsOf('time/app.mjs', { 'time/app.mjs': '' })
    const file = path.join(root, 'time/app.mjs')
    assert.deepEqual(message?.files, [[file, statSync(file).mtimeMs]])
  })

  it('are told once, in one message for what is loaded at once', async () => {
    const messages = await loadsOf('once/app.mjs', {
      'once/app.mjs': `import './a.mjs'\nimport './b.mjs'`,
      'once/a.mjs': `import './b.mjs'`,
      'once/b.mjs': '',
    })
    assert.equal(names(messages).length, 3)
    assert.ok(messages.length < 3, `${messages.length} messages`)
  })

  it('are told later as well, when they are imported late', async () => {
    const messages = await loadsOf('late/app.mjs', {
      'late/app.mjs': `setTimeout(() => import('./later.mjs'), 20)`,
      'late/later.mjs': '',
    })
    assert.deepEqual(names(messages), ['late/app.mjs', 'late/later.mjs'])
  })

  it('leave out packages, and what packages load', async () => {
    const messages = await loadsOf('pkg/app.mjs', {
      'pkg/app.mjs': `import 'thing'`,
      'pkg/node_modules/thing/package.json': '{ "main": "main.js" }',
      'pkg/node_modules/thing/main.js': `require('./inner.js'); try { require('./missing') } catch {}`,
      'pkg/node_modules/thing/inner.js': '',
    })
    assert.deepEqual(names(messages), ['pkg/app.mjs'])
  })

  it('are told before they run, so that one which ends or blocks its process is known', async () => {
    const messages = await loadsOf('fatal/app.mjs', {
      'fatal/app.mjs': `import './requires.cjs'`,
      'fatal/requires.cjs': `require('./kills.cjs')`,
      'fatal/kills.cjs': `process.kill(process.pid, 'SIGKILL')`,
    })
    assert.deepEqual(names(messages).at(-1), 'fatal/kills.cjs')
  })

  it('are told by a program that ends itself at once', async () => {
    const messages = await loadsOf('exits/app.mjs', { 'exits/app.mjs': 'process.exit(3)' })
    assert.deepEqual(names(messages), ['exits/app.mjs'])
  })

  it('include those with an error of syntax', async () => {
    const messages = await loadsOf('wrong/app.mjs', {
      'wrong/app.mjs': `import './broken.mjs'`,
      'wrong/broken.mjs': 'export {{{',
    })
    assert.deepEqual(names(messages), ['wrong/app.mjs', 'wrong/broken.mjs'])
  })

  it('include those that were looked for in vain', async () => {
    const messages = await loadsOf('vain/app.mjs', {
      'vain/app.mjs': `import { createRequire } from 'node:module'
        const require = createRequire(import.meta.url)
        await import('./nowhere.ts').catch(() => {})
        try { require('./neither') } catch {}`,
    })
    const missing = messages.flatMap(({ files }) => files.filter(([, writtenAt]) => writtenAt === null))
    const found = missing.map(([file]) => path.relative(root, file))
    assert.equal(found[0], 'vain/nowhere.ts')
    assert.ok(found.includes('vain/neither.js') && found.includes('vain/neither/index.js'), found.join())
  })

  it('include the package.json of whoever wants a package that is not installed', async () => {
    const messages = await loadsOf('wants/src/app.mjs', {
      'wants/package.json': '{}',
      'wants/src/app.mjs': `import 'not-installed'`,
    })
    assert.deepEqual(names(messages), ['wants/src/app.mjs', 'wants/package.json'])
  })

  it('do not change what the program hears of an import that fails', async () => {
    const { stdout } = await run('odd/app.mjs', {
      'odd/style.css': '',
      'odd/app.mjs': `import { writeSync } from 'node:fs'
        const codes = []
        for (const name of ['file://host/x.ts', './%2f.ts', './nowhere.ts', 'not-installed', './style.css', '#own'])
          await import(name).catch((error) => codes.push(error.code))
        writeSync(2, codes.join())`,
    })
    const { stderr } = await run('odd/app.mjs', {}, 'unwatched')
    const watched = await run('odd/app.mjs', {})
    assert.notEqual(stderr, '')
    assert.equal(watched.stderr, stderr)
    assert.match(stdout, /nowhere\.ts/)
  })

  it('are told to nobody who does not watch', async () => {
    assert.deepEqual(await loadsOf('quiet/app.mjs', { 'quiet/app.mjs': '' }, 'unwatched'), [])
  })
})
