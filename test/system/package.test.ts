/** What users install: the packed tarball in a project that has nothing else. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Installed } from './installed.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

const PROJECT: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'shop', private: true, type: 'module' }),
  'tsrv.config.ts': `import { defineConfig } from '@tsrv/server'
export default defineConfig({ workers: 1, taskWorkers: 1, listeners: { TaskEvent: './src/double.ts' } })
`,
  'src/app.ts': `import { server } from '@tsrv/server'
export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json({ doubled: await server.taskWait(21, { timeout: 5000 }), role: server.role })
  },
}
`,
  'src/double.ts': `import type { TaskEvent } from '@tsrv/server'
export default (event: TaskEvent): number => Number(event.data) * 2
`,
}

/** Uses the types as an app does, and shows that they are no \`any\`. */
const TYPED = `import { defineConfig, server, Task, TaskEvent, TsrvError, type Config, type UserConfig } from '@tsrv/server'
import type { TestServer } from '@tsrv/server/testing'
export const config: UserConfig = { workers: 2, tasks: { modules: ['./src/tasks/*.ts'] } }
export default defineConfig(config)
export const id: number = server.task({ any: 'data' })
export const code = (error: TsrvError): string => error.code
export const port = (whole: Config): number => whole.port
export const listener = (event: TaskEvent): number => event.taskId
export const made = Task
export const waiting = (app: TestServer): readonly Date[] => app.queuedOf(Date)
// @ts-expect-error a setting that does not exist
defineConfig({ wrkers: 2 })
// @ts-expect-error a number is no text
export const wrong: string = server.task(1)
`

describe('the published package', () => {
  let installed: Installed
  let bin = ''
  let project = ''

  before(() => {
    installed = new Installed()
    bin = installed.install('shop', ['@types/node', 'undici-types'])
    project = path.join(installed.dir, 'shop')
    for (const [name, text] of Object.entries(PROJECT)) {
      mkdirSync(path.dirname(path.join(project, name)), { recursive: true })
      writeFileSync(path.join(project, name), text)
    }
  })
  after(() => installed[Symbol.dispose]())

  const shipped = (): string[] =>
    execFileSync('tar', ['-tzf', installed.tarball], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((name) => name.replace(/^package\//, ''))
      .sort()

  it('holds the program, the schema, the templates and nothing from the workshop', () => {
    const names = shipped()
    const texts = ['CHANGELOG.md', 'LICENSE', 'README.md']
    for (const name of [...texts, 'bin/tsrv.js', 'config/schema.json', 'dist/index.js', 'dist/index.d.ts'])
      assert.ok(names.includes(name), `${name} is shipped`)
    const expected = /^(?:bin\/[\w-]+\.js|config\/schema\.json|dist\/.+(?:\.js|\.d\.ts)|templates\/.+)$/
    const others = names.filter((name) => !expected.test(name))
    assert.deepEqual(others, [...texts, 'package.json'])
  })

  it('has each template complete, dot files included, and no traces of a server that ran in one', () => {
    const names = (pattern: string): string[] =>
      globSync([pattern, `${pattern.slice(0, -1)}.*`], { cwd: ROOT, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    const wanted = names('templates/**/*').filter(
      (name) => !/\/(?:\.env$|(?:\.tsrv|data|dist|node_modules)\/)/.test(name),
    )
    assert.deepEqual(
      shipped().filter((name) => name.startsWith('templates/')),
      [...new Set(wanted)].sort(),
    )
    assert.ok(wanted.includes('templates/tasks/package.json'))
  })

  it('does not pack what a server left behind in a template', () => {
    const copy = path.join(installed.dir, 'planted')
    const left = ['.env', '.tsrv/cache/x', 'dist/app.js', 'node_modules/x/index.js', 'data/outbox/1.eml']
    const planted = ['kept.ts', ...left].map((name) => `templates/tasks/${name}`)
    for (const name of planted) {
      mkdirSync(path.dirname(path.join(copy, name)), { recursive: true })
      writeFileSync(path.join(copy, name), '')
    }
    writeFileSync(path.join(copy, 'package.json'), readFileSync(path.join(ROOT, 'package.json')))
    const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: copy,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const packed = [...said.matchAll(/"path": "(templates\/[^"]+)"/g)].map(([, name]) => name)
    assert.deepEqual(packed, ['templates/tasks/kept.ts'])
  })

  it('names no source map that is not there', () => {
    for (const name of globSync('**/*.{js,ts}', {
      cwd: path.join(project, 'node_modules/@tsrv/server/dist'),
    })) {
      const text = readFileSync(path.join(project, 'node_modules/@tsrv/server/dist', name), 'utf8')
      assert.doesNotMatch(text, /^\/\/# sourceMappingURL=/m, name)
    }
  })

  it('starts, answers, runs a task, tells its status and stops', async () => {
    await using server = await ServerUnderTest.start('', { dir: project, bin })
    assert.deepEqual(await server.json('/'), { doubled: 42, role: 'http' })
    const status = await tsrv(project, ['status', '--json'], {}, bin)
    assert.equal(status.code, 0, status.stderr)
    assert.equal((JSON.parse(status.stdout) as { pid: number }).pid, server.pid)
    const stop = await tsrv(project, ['stop'], {}, bin)
    assert.equal(stop.code, 0, stop.stderr)
    assert.equal((await server.ended).code, 0)
    assert.equal((await tsrv(project, ['status'], {}, bin)).code, 3)
  })

  it('knows its version', async () => {
    const version = await tsrv(project, ['--version'], {}, bin)
    const { version: own } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      version: string
    }
    assert.deepEqual({ code: version.code, stdout: version.stdout.trim() }, { code: 0, stdout: own })
  })

  it('can be imported and required by a program that is no server', () => {
    const script = (name: string, text: string): string => {
      const file = path.join(project, name)
      writeFileSync(file, text)
      const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
      return stdout + stderr
    }
    const print = 'console.log(JSON.stringify(defineConfig({ workers: 2 })))'
    assert.equal(script('a.mjs', `import { defineConfig } from '@tsrv/server'\n${print}`), '{"workers":2}\n')
    assert.equal(
      script('b.cjs', `const { defineConfig } = require('@tsrv/server')\n${print}`),
      '{"workers":2}\n',
    )
    const testing = `import { server } from '@tsrv/server'
import { TestServer } from '@tsrv/server/testing'
await using app = await TestServer.start()
server.task(1)
const [report] = await app.drain()
console.log(report.error.code)`
    assert.equal(script('d.mjs', testing), 'TSRV_TASK_UNHANDLED\n')
    assert.match(script('c.mjs', `import '@tsrv/server/dist/server.js'`), /ERR_PACKAGE_PATH_NOT_EXPORTED/)
  })

  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    it(`has types for moduleResolution "${moduleResolution}", its own declarations checked as well`, () => {
      const dir = path.join(project, moduleResolution)
      mkdirSync(dir)
      writeFileSync(path.join(dir, 'typed.ts'), TYPED)
      const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false }
      const compilerOptions = { ...strict, module, moduleResolution, target: 'es2024', noEmit: true }
      writeFileSync(
        path.join(dir, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] } }),
      )
      const tsc = path.join(ROOT, 'node_modules/.bin/tsc')
      const { status, stdout } = spawnSync(tsc, ['-p', dir], { encoding: 'utf8' })
      assert.deepEqual({ status, stdout }, { status: 0, stdout: '' })
      rmSync(dir, { recursive: true })
    })
  }
})
