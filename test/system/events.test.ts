/** Each hook of the server's life: one event of its class, in the right process, with what it should carry. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sendSignal } from './alive.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const ofClass =
  (name: string) =>
  (record: LogRecord): boolean =>
    record['event'] === 'event' && record['class'] === name

describe('the events of a server', () => {
  it('occur once each over start, request, task and stop', async () => {
    await using server = await ServerUnderTest.start('events-app')
    const id = await server.json('/')
    await server.log(ofClass('TaskFinishEvent'), 'the finish event')
    const { workers } = await server.status()
    const leader = `http ${workers.find((worker) => worker.leader === true)?.slot}`
    await server.stop()
    const seen = (name: string): LogRecord[] => server.logs.filter(ofClass(name))

    for (const name of ['ServerStartEvent', 'ServerShutdownEvent', 'LeaderStartEvent', 'LeaderStopEvent']) {
      assert.deepEqual(
        seen(name).map((record) => [record.process, record['isLeader']]),
        [[leader, true]],
        name,
      )
    }
    for (const name of ['WorkerStartEvent', 'WorkerStopEvent']) {
      const about = seen(name).map((record) => [record.process, record['workerId'], record['isTaskWorker']])
      assert.deepEqual(
        about.toSorted((one, other) => String(one).localeCompare(String(other))),
        [
          ['http 0', 0, false],
          ['http 1', 1, false],
          ['task 0', 2, true],
        ],
        name,
      )
    }
    assert.equal(seen('RequestEvent').length, 1)
    assert.deepEqual(
      seen('TaskEvent').map((record) => [record['taskId'], record.process]),
      [[id, 'task 0']],
    )
    assert.deepEqual(
      seen('TaskFinishEvent').map((record) => record['taskId']),
      [id],
    )
    assert.deepEqual(seen('WorkerErrorEvent'), [])
  })

  it('tell the leader of a worker that died, with its pid, exit code and signal', async () => {
    await using server = await ServerUnderTest.start('events-app')
    const { workers } = await server.status()
    const other = workers.find((worker) => worker.role === 'http' && worker.leader !== true)
    sendSignal(other?.pid, 'SIGKILL')
    const event = await server.log(ofClass('WorkerErrorEvent'), 'the event')
    assert.deepEqual(
      [event['isLeader'], event['workerId'], event['exitCode'], event['signal']],
      [true, other?.slot, null, 'SIGKILL'],
    )
  })

  it('pass leadership on when the leader dies, and start the server only once', async () => {
    await using server = await ServerUnderTest.start('events-app')
    const { workers } = await server.status()
    const leader = workers.find((worker) => worker.leader === true)
    sendSignal(leader?.pid, 'SIGKILL')
    const isNext = (record: LogRecord): boolean =>
      ofClass('LeaderStartEvent')(record) && record.process !== `http ${leader?.slot}`
    await server.log(isNext, 'the next leader')
    assert.equal(server.logs.filter(ofClass('ServerStartEvent')).length, 1)
  })
})

const PING_FILES = {
  'tsrv.config.ts': `import { defineConfig } from '@tsrv/server'
export default defineConfig({
  workers: 1,
  taskWorkers: 1,
  app: './app.ts',
  boot: './boot.ts',
  container: './container.ts',
  tasks: { modules: './ping.ts', dispatchEvents: true, queues: [{ name: 'now', sync: true }] },
  listeners: { './ping.ts#Ping': './config-listener.ts' },
})
`,
  'ping.ts': `export class Ping {
  heard: string[] = []
}
`,
  'config-listener.ts': `import type { Ping } from './ping.ts'
export default (ping: Ping) => void ping.heard.push('config')
`,
  'boot.ts': `import type { Server } from '@tsrv/server'
import { Ping } from './ping.ts'
export default (server: Server) => server.events.on(Ping, ({ heard }) => void heard.push(server.role))
`,
  'container.ts': `import type { Events } from '@tsrv/server'
import { Ping } from './ping.ts'
export default {
  pinger: ({ events }: { events: Events }) => () => events.dispatch(new Ping()),
}
`,
  'app.ts': `import { server, ServiceBasedTask } from '@tsrv/server'
import { Ping } from './ping.ts'
const ways: Record<string, () => unknown> = {
  '/code': () => server.events.dispatch(new Ping()),
  '/container': () => (server.container.get('pinger') as () => Promise<Ping>)(),
  '/task': () => server.taskWait(new Ping()),
  '/container-in-task': () => server.taskWait(new ServiceBasedTask('pinger')),
  '/sync-task': async () => (await (await server.queue('now').enqueue<Ping>(new Ping())).done).value,
}
export default async (request: Request) => {
  const { heard } = (await ways[new URL(request.url).pathname]?.()) as Ping
  return Response.json(heard)
}
`,
}

describe('events of the user', () => {
  it('R18: have one dispatcher in each process or thread, whoever dispatches there', async () => {
    await using server = await ServerUnderTest.start('no-app', { files: PING_FILES })
    const heard = async (way: string): Promise<unknown[]> =>
      ((await server.json(`/${way}`)) as string[]).toSorted()
    for (const [way, role] of [
      ['code', 'http'],
      ['container', 'http'],
      ['sync-task', 'http'],
      ['task', 'task'],
      ['container-in-task', 'task'],
    ] as const) {
      assert.deepEqual(await heard(way), ['config', role].toSorted(), way)
    }
  })
})
