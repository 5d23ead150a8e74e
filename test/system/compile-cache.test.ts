/** Every process and thread keeps what it has compiled in the run directory. */
import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { OWN_COMPILE_CACHE, project } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const CACHE_DIR = `import { getCompileCacheDir } from 'node:module'\n`
const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'tsrv.config.ts': `${CACHE_DIR}console.error('config', getCompileCacheDir())
export default { workers: 1, taskWorkers: 1, listeners: { TaskEvent: './task.ts' } }
`,
  'task.ts': `${CACHE_DIR}export default () => String(getCompileCacheDir())\n`,
  'app.ts': `${CACHE_DIR}import { server } from '@tsrv/server'
export default async () =>
  Response.json({ http: String(getCompileCacheDir()), task: await server.taskWait(1, { timeout: 5000 }) })
`,
}

describe('the compile cache', () => {
  it('is on in the config child, HTTP workers, task server and task workers, and gets filled', async () => {
    await using server = await ServerUnderTest.start('no-app', { files: FILES, env: OWN_COMPILE_CACHE })
    const cache = path.join(server.dir, '.tsrv/cache')
    const { http, task } = (await server.json('/')) as { http: string; task: string }
    const config = /^config (.+)$/m.exec(server.stderr)?.[1] ?? ''
    for (const [who, dir] of Object.entries({ http, task, config }))
      assert.equal(path.dirname(dir), cache, `${who}: ${dir}`)
    // Its main thread runs no code of a user that could tell.
    const environ = `/proc/${await server.pidOf('tasks')}/environ`
    if (process.platform === 'linux')
      assert.ok(readFileSync(environ, 'utf8').split('\0').includes(`NODE_COMPILE_CACHE=${cache}`))
    assert.equal((await server.stop()).code, 0)
    assert.ok(globSync('*/*', { cwd: cache }).length > 50, 'the modules of tsrv and of the app are in it')
  })

  it('is on in the supervisor: in the checkout first, in the run directory once there is one', async () => {
    const dir = project('no-app', { ...FILES, 'app.ts': 'export default () => new Response()' })
    try {
      // Taken from the arguments of Node, so it runs in the process of the command itself.
      const told = path.join(dir, 'told')
      writeFileSync(
        path.join(dir, 'tell.cjs'),
        `process.argv[1]?.endsWith('bin/tsrv.js') && process.once('exit', () =>
  require('node:fs').writeFileSync(${JSON.stringify(told)}, String(require('node:module').getCompileCacheDir())))`,
      )
      const env = { ...OWN_COMPILE_CACHE, NODE_OPTIONS: `--require=${path.join(dir, 'tell.cjs')}` }
      for (const expected of [/node_modules\/.cache\/tsrv\//, /\/\.tsrv\/cache\//]) {
        await using server = await ServerUnderTest.start('', { dir, env })
        await server.stop()
        assert.match(readFileSync(told, 'utf8'), expected)
      }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('is where the environment says', async () => {
    const dir = project('no-app', FILES)
    const cache = path.join(dir, 'elsewhere')
    try {
      await using server = await ServerUnderTest.start('', { dir, env: { NODE_COMPILE_CACHE: cache } })
      const { http, task } = (await server.json('/')) as { http: string; task: string }
      for (const found of [http, task]) assert.equal(path.dirname(found), cache)
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('may be impossible to write', async () => {
    const dir = project('no-app', FILES)
    try {
      // A file in the place of the folder stops root as well.
      mkdirSync(path.join(dir, '.tsrv'), { mode: 0o700 })
      writeFileSync(path.join(dir, '.tsrv/cache'), '')
      await using server = await ServerUnderTest.start('', { dir, env: OWN_COMPILE_CACHE })
      assert.deepEqual(await server.json('/'), { http: 'undefined', task: 'undefined' })
      const { code, stderr } = await server.stop()
      assert.deepEqual({ code, stderr }, { code: 0, stderr: 'config undefined\n' })
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
