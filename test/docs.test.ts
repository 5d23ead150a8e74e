/** What README and docs show is true: TypeScript compiles, the tutorial runs, events are described, links lead somewhere. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { type EventName, EVENTS } from '../src/events/catalogue.ts'
import {
  type Block,
  blocksOf,
  DOCUMENTS,
  fileOf,
  inLanguage,
  projectOf,
  ROOT,
  temporary,
  write,
} from './document-blocks.ts'
import { ServerUnderTest } from './system/server-under-test.ts'

/** What the compiler has to say about blocks, as strict as about the sources. */
function complaintsAbout(typescript: readonly Block[]): string {
  using folder = temporary()
  const compilerOptions = {
    paths: {
      '@tsrv/server': [path.join(ROOT, 'src/index.ts')],
      '@tsrv/server/testing': [path.join(ROOT, 'src/testing.ts')],
    },
    typeRoots: [path.join(ROOT, 'node_modules/@types')],
  }
  const config = {
    extends: path.join(ROOT, 'tsconfig.json'),
    compilerOptions,
    include: ['**/*.ts'],
    exclude: [],
  }
  write(folder.dir, 'tsconfig.json', JSON.stringify(config))
  write(folder.dir, 'package.json', '{ "type": "module" }')
  for (const block of typescript) write(folder.dir, fileOf(block), block.text)
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder.dir, 'node_modules'))
  const tsc = path.join(ROOT, 'node_modules/.bin/tsc')
  const { stdout, stderr, status } = spawnSync(tsc, ['-p', '.'], { cwd: folder.dir, encoding: 'utf8' })
  return status === 0 ? '' : stdout + stderr
}

describe('the TypeScript in the documents', () => {
  it('has a file of its own for each block', () => {
    const files = inLanguage('ts').map(fileOf)
    assert.ok(files.length > 20)
    assert.equal(new Set(files).size, files.length)
  })

  it('compiles', () => assert.equal(complaintsAbout(inLanguage('ts')), ''))

  it('would be noticed if it did not', () => {
    const wrong = "import { server } from '@tsrv/server'\nserver.tusk()\n"
    assert.match(complaintsAbout([...blocksOf('x.md', `\`\`\`ts\n${wrong}\`\`\`\n`)]), /x\/line-1\.ts.*tusk/)
  })
})

describe('docs/events.md', () => {
  const text = readFileSync(path.join(ROOT, 'docs/events.md'), 'utf8')
  const sections = new Map(text.split(/^## /m).map((section) => [section.split('\n')[0], section]))

  for (const name of Object.keys(EVENTS) as EventName[]) {
    it(`says of ${name} where it runs, what a throw means and which fields it has`, () => {
      const { runsIn, throws }: { runsIn: readonly string[]; throws: string } = EVENTS[name]
      const section = sections.get(name) ?? ''
      assert.match(section, throws === 'log' ? /A throw is logged/ : /A throw fails/)
      assert.equal(
        /task worker/.test(section.split('\n\n')[1] ?? ''),
        runsIn.includes('task') || name === 'TaskFinishEvent',
      )
      assert.match(section, /Fields: `server`/)
      assert.ok(text.includes(`| [${name}](#${name.toLowerCase()}) |`), 'is in the table')
    })
  }

  it('describes no event that is not there', () => {
    const described = [...sections.keys()].filter((title) => title?.endsWith('Event'))
    assert.deepEqual(new Set(described), new Set(Object.keys(EVENTS)))
  })
})

describe('the links in the documents', () => {
  for (const document of DOCUMENTS) {
    it(`lead somewhere: ${document}`, () => {
      const text = readFileSync(path.join(ROOT, document), 'utf8')
      const targets = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, target = '']) => target)
      assert.deepEqual(
        targets.filter((target) => !leadsSomewhere(target, document)),
        [],
      )
    })
  }

  it('would be noticed if they did not', () => {
    assert.ok(!leadsSomewhere('errors.md#tsrv_no_such_code', 'docs/events.md'))
    assert.ok(!leadsSomewhere('nothing.md', 'docs/events.md'))
  })
})

function leadsSomewhere(target: string, from: string): boolean {
  const [name = '', anchor] = target.split('#')
  const file = name === '' ? path.join(ROOT, from) : path.resolve(ROOT, path.dirname(from), name)
  if (!existsSync(file) || anchor === undefined) return existsSync(file)
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)
  return [...headings].some(([, title = '']) => anchorOf(title) === anchor)
}

/** As GitHub makes it. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}

describe('the projects in the documents', () => {
  it('run: docs/getting-started.md', async () => {
    using folder = temporary()
    projectOf('docs/getting-started.md', folder.dir)
    await using server = await ServerUnderTest.start('', { dir: folder.dir })
    const answer = await server.request('/welcome?name=Ada')
    assert.equal(answer.status, 202)
    assert.match(answer.text, /^\{"task":\d+\}$/)
    await server.log(({ msg }) => msg === 'Welcome, Ada!', 'the welcome')
    assert.deepEqual(await server.json('/wait?name=Bob'), { mail: 'Welcome, Bob!' })
    await server.request('/welcome?name=nobody')
    await server.log(({ msg }) => msg === 'No mail: There is nobody to write to', 'the failure')
    assert.equal((await server.stop()).code, 0)
  })

  it('run: docs/testing.md', () => {
    using folder = temporary()
    projectOf('docs/testing.md', folder.dir)
    const resolver = new URL('../src/entry/self-resolver.ts', import.meta.url).href
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', resolver, '--test'], {
      cwd: folder.dir,
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    })
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /pass 2\n/)
  })

  it('run: docs/events.md, each example as a listener of its event', async () => {
    using folder = temporary()
    projectOf('docs/events.md', folder.dir)
    write(folder.dir, 'src/app.ts', EVENTS_APP)
    const listeners = { ...examplesOf('docs/events.md'), ...NAMED_EXAMPLES }
    write(folder.dir, 'tsrv.config.json', JSON.stringify({ workers: 1, taskWorkers: 1, listeners }))
    rmSync(path.join(folder.dir, 'tsrv.config.ts'))
    await using server = await ServerUnderTest.start('', { dir: folder.dir })
    assert.equal(await server.json('/'), 'Hello, Ada!')
    assert.equal((await server.request('/internal/x')).status, 404)
    await server.stop()
    for (const message of ['Hello from worker 0', 'Task worker 1 is here', 'Worker 0 leaves', 'Going down']) {
      assert.ok(
        server.logs.some(({ msg }) => msg === message),
        message,
      )
    }
    assert.deepEqual(
      server.logs.filter(({ level }) => level === 'error'),
      [],
    )
  })
})

const EVENTS_APP = `import { server } from '@tsrv/server'
export default { fetch: async () => Response.json(await server.taskWait({ name: 'Ada' })) }
`

const NAMED_EXAMPLES = {
  LeaderStartEvent: './src/listeners/clean-up.ts#start',
  LeaderStopEvent: './src/listeners/clean-up.ts#stop',
  TaskEvent: './src/listeners/greet.ts',
  WorkerDrainEvent: './src/listeners/leave.ts',
}

/** The blocks without a name of their own: each stands in the section of its event. */
function examplesOf(document: string): Record<string, string> {
  const lines = readFileSync(path.join(ROOT, document), 'utf8').split('\n')
  return Object.fromEntries(
    inLanguage('ts')
      .filter((block) => block.document === document && fileOf(block).includes('line-'))
      .map((block) => [
        lines
          .slice(0, block.line)
          .findLast((line) => line.startsWith('## '))
          ?.slice(3) ?? '',
        `./${path.basename(fileOf(block))}`,
      ])
      .filter(([title]) => title?.endsWith('Event')),
  )
}
