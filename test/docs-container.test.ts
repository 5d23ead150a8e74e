/** The project of docs/container.md: services in every process and thread, and how they end there. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { projectOf, temporary, write } from './document-blocks.ts'
import { ServerUnderTest } from './system/server-under-test.ts'

const DOCUMENT = 'docs/container.md'

/** Uses the container, too, and lives until it is stopped. */
const SERVICE = `import { server } from '@tsrv/server'
export default { start: () => server.log.info(server.container.get('users').list().join()), methods: {} }
`

function inConfig(dir: string, what: string | RegExp, instead: string): void {
  const file = path.join(dir, 'tsrv.config.ts')
  const text = readFileSync(file, 'utf8')
  assert.notEqual(text.replace(what, instead), text)
  write(dir, 'tsrv.config.ts', text.replace(what, instead))
}

describe(`the project in ${DOCUMENT}`, () => {
  it('R12: has its services in each role, and ends them there in the opposite order of their making', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    write(folder.dir, 'service.ts', SERVICE)
    inConfig(folder.dir, 'taskWorkers: 1', "taskWorkers: 1,\n  services: { mine: './service.ts' }")
    await using server = await ServerUnderTest.start('', { dir: folder.dir })
    await server.log(({ process, msg }) => process === 'service mine' && msg === 'root', 'the service')
    assert.deepEqual(await server.json('/?name=Bob'), { users: ['root'], inTheTask: 1 })
    const welcome = await server.log(
      ({ msg }) => msg === 'Welcome, Bob, to 1 others',
      'the deferred listener',
    )
    assert.equal(welcome['process'], 'task 0')
    assert.equal((await server.stop()).code, 0)
    for (const role of ['http', 'task', 'service']) {
      assert.deepEqual(
        server.logs.map(({ msg }) => msg).filter((msg) => msg.endsWith(` in ${role}`)),
        [`Users saved in ${role}`, `Database closed in ${role}`],
      )
    }
  })

  it('R12: takes a container of awilix in its place', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    write(
      folder.dir,
      'src/app.ts',
      `import { server } from '@tsrv/server'
const clock = server.container.get('clock') // the container is there before the app is
export default () => Response.json(clock.now() instanceof Date)
`,
    )
    inConfig(folder.dir, './src/container.ts', './src/awilix-container.ts')
    inConfig(folder.dir, /listeners: .*/, '')
    await using server = await ServerUnderTest.start('', { dir: folder.dir, withPackages: true })
    assert.equal(await server.json('/'), true)
  })
})
