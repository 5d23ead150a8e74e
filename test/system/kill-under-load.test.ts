/** SIGKILL to one process of a server under load: what fails is what was open in it, and nothing else. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { sendSignal } from './alive.ts'
import { Load } from './load.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const entered = (record: LogRecord): boolean => record['event'] === 'entered'
const ended = (record: LogRecord): boolean => record['event'] === 'finish'

/** /gated/N waits for the file "go", every other path is answered at once; each answer is the worker's pid. */
const APP = `import { existsSync } from 'node:fs'
import { server } from '@tsrv/server'
export default async (request) => {
  const { pathname } = new URL(request.url)
  if (pathname.startsWith('/gated')) {
    server.log.info({ event: 'entered', pathname, pid: process.pid }, 'entered')
    while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return Response.json(process.pid)
}`

/** A slot that stays filled by another process than this one. */
async function replaced(server: ServerUnderTest, role: string, pid: number): Promise<void> {
  await until(async () => {
    const { workers } = await server.status()
    const successor = workers.find((one) => one.role === role && one.slot === 0)
    return successor?.state === 'ready' && successor.pid !== pid
  }, 'the successor')
}

describe('SIGKILL of an HTTP worker', () => {
  for (const [place, args] of [
    ['tcp', []],
    ['unix socket', ['-o', 'socket=./app.sock']],
  ] as const) {
    for (const way of ['keep-alive', 'close'] as const) {
      it(`fails the requests that were open in it, and no other (${way}, ${place})`, async () => {
        const files = { 'app.js': APP }
        await using server = await ServerUnderTest.start('plain-app', { files, args: ['-w', '2', ...args] })
        const [victim, other] = [await server.pidOf('http', 0), await server.pidOf('http', 1)]
        const gated: Promise<readonly [path: string, pid: number | undefined]>[] = []
        const open = (pid: number): unknown[] =>
          server.logs
            .filter((record) => entered(record) && record['pid'] === pid)
            .map((one) => one['pathname'])
        // The system chooses the worker: ask until both have some.
        while (open(victim).length < 2 || open(other).length < 2) {
          const pathname = `/gated/${gated.length}`
          const agent = way === 'close' ? false : new http.Agent({ keepAlive: true })
          gated.push(
            server.request(pathname, { agent }).then(
              ({ text }) => [pathname, Number(text)] as const,
              () => [pathname, undefined] as const,
            ),
          )
          await until(() => server.logs.filter(entered).length === gated.length, 'the request')
        }
        process.kill(victim, 'SIGKILL')
        await replaced(server, 'http', victim)
        writeFileSync(path.join(server.dir, 'go'), '')
        const answers = await Promise.all(gated)
        const failed = answers.filter(([, pid]) => pid === undefined).map(([pathname]) => pathname)
        assert.deepEqual(failed, open(victim))
        assert.equal(answers.filter(([, pid]) => pid === other).length, open(other).length)
        for (let round = 0; round < 20; round++) assert.equal((await server.request('/')).status, 200)
        assert.equal((await server.stop()).code, 0)
      })
    }
  }
})

describe('SIGKILL of a process that serves no requests', () => {
  it('fails no request (task server), and each task sent meanwhile ends', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '2', '-t', '2'] })
    const ids: number[] = []
    const isRight = (text: string): boolean => ids.push(...(JSON.parse(text) as number[])) > 0
    await using load = new Load(server, { kept: 4, fresh: 4, path: '/tasks?count=1', isRight })
    await load.goesOn(30)
    const pid = await server.pidOf('tasks')
    process.kill(pid, 'SIGKILL')
    await replaced(server, 'tasks', pid)
    await load.goesOn(30)
    await load.end()
    assert.deepEqual(load.failures, [])
    const finished = (): Set<unknown> => new Set(server.logs.filter(ended).map(({ taskId }) => taskId))
    await until(
      () => ids.every((id) => finished().has(id)),
      'the end of every task',
      () => `${finished().size} of ${ids.length}`,
    )
    assert.equal((await server.stop()).code, 0)
  })

  it('fails no request (service)', async () => {
    await using server = await ServerUnderTest.start('services-app', { args: ['-w', '2'] })
    const service = async (): Promise<number> => {
      const { workers } = await server.status()
      return workers.find(({ name, state }) => name === 'ticker' && state === 'ready')?.pid ?? 0
    }
    await until(async () => (await service()) > 0, 'the service')
    await using load = new Load(server, { kept: 4, fresh: 4 })
    await load.goesOn(50)
    const pid = await service()
    sendSignal(pid, 'SIGKILL')
    await until(async () => ![0, pid].includes(await service()), 'its successor')
    await load.goesOn(50)
    await load.end()
    assert.deepEqual(load.failures, [])
  })
})
