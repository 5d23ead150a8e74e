/** Workers that die at boot: clear last words, and never a storm of processes. */
import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

/** Leaves a line for each process that loads it. */
const counted = (then: string): string =>
  `import { appendFileSync } from 'node:fs'\nappendFileSync('forks', process.pid + '\\n')\n${then}`

function forks(dir: string): number {
  return readFileSync(path.join(dir, 'forks'), 'utf8').split('\n').length - 1
}

const DEATHS = {
  throws: [`throw new Error('no database')`, /HTTP worker \d could not start: .*no database/],
  exits: [
    'process.exit(7)',
    /HTTP worker \d could not start: the app called process\.exit\(7\) at .*app\.js:3/,
  ],
  'is killed': [
    `process.kill(process.pid, 'SIGKILL')\nawait new Promise(() => {})`,
    /HTTP worker \d could not start: it was ended by SIGKILL/,
  ],
} as const

describe('a worker that dies at boot', () => {
  for (const [how, [then, says]] of Object.entries(DEATHS)) {
    it(`ends the start with its last words and exit 1, and one process for each place: it ${how}`, async () => {
      const dir = project('plain-app', { 'app.js': counted(then), forks: '' })
      const { code, stderr } = await tsrv(dir, ['start', '-w', '4', '-o', 'port=0'])
      assert.equal(code, 1)
      assert.match(stderr, says)
      assert.equal(stderr.split('\n').length, 2, `one line: ${stderr}`)
      assert.ok(forks(dir) <= 4, `${forks(dir)} processes`)
      rmSync(dir, { recursive: true, force: true })
    })
  }

  it('of a running server is tried after growing pauses only', async () => {
    const sound = counted('export default () => Response.json(process.pid)')
    await using server = await ServerUnderTest.start('plain-app', { files: { 'app.js': sound, forks: '' } })
    appendFileSync(path.join(server.dir, 'app.js'), `\nthrow new Error('half a deployment')`)
    const before = forks(server.dir)
    process.kill(await server.pidOf('http', 1), 'SIGKILL')
    await until(() => forks(server.dir) === before + 5, 'the fifth try')
    const pauses = server.logs.flatMap((record) => record['pause'] ?? [])
    assert.deepEqual(pauses.slice(0, 5), [0, 100, 200, 400, 800])
    for (let round = 0; round < 20; round++) assert.equal((await server.request('/')).status, 200)
    writeFileSync(path.join(server.dir, 'app.js'), sound)
    await until(
      async () => (await server.status()).workers.every(({ state }) => state === 'ready'),
      'the successor',
    )
    assert.equal((await server.stop()).code, 0)
  })
})
