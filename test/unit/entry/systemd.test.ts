import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Systemd, withoutNotification } from '../../../src/entry/systemd.ts'
import type { Logger } from '../../../src/server.ts'

interface Heard {
  readonly systemd: Systemd
  readonly heard: string[][]
  readonly warnings: string[]
}

function listening(
  t: TestContext,
  env: Record<string, string>,
  send: (lines: readonly string[]) => Promise<void> = async () => {},
): Heard {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const heard: string[][] = []
  const warnings: string[] = []
  const systemd = new Systemd({
    env,
    status: () => 'all well',
    log: { warn: (_: object, text: string) => warnings.push(text) } as unknown as Logger,
    send: async (lines) => {
      await send(lines)
      heard.push([...lines])
    },
  })
  return { systemd, heard, warnings }
}

const firsts = (heard: string[][]): (string | undefined)[] => heard.map(([first]) => first)

describe('what systemd is told', () => {
  it('is nothing unless it has asked', async (t) => {
    const { systemd, heard } = listening(t, { WATCHDOG_USEC: '1000' })
    systemd.ready()
    systemd.stopping('bye')
    t.mock.timers.tick(1000)
    await systemd.said
    assert.deepEqual(heard, [])
  })

  it('comes one after the other, however long each takes', async (t) => {
    let isFirst = true
    const { systemd, heard } = listening(t, { NOTIFY_SOCKET: '/x' }, async () => {
      if (isFirst) await new Promise((resolve) => setTimeout(resolve, 20))
      isFirst = false
    })
    systemd.ready()
    systemd.reloading('Reloading')
    systemd.stopping('Stopping')
    await systemd.said
    assert.deepEqual(firsts(heard), ['READY=1', 'RELOADING=1', 'STOPPING=1'])
    assert.deepEqual(heard[0], ['READY=1', 'STATUS=all well', `MAINPID=${process.pid}`])
  })

  it('is that the server is ready after a reload, whatever came of it', async (t) => {
    const { systemd, heard } = listening(t, { NOTIFY_SOCKET: '/x' })
    await assert.rejects(
      systemd.reload(() => Promise.reject(new Error('no'))),
      /no/,
    )
    assert.equal(await systemd.reload(async () => 5), 5)
    await systemd.said
    assert.deepEqual(firsts(heard), ['RELOADING=1', 'READY=1', 'RELOADING=1', 'READY=1'])
  })

  it('is twice in each period that the server lives, from its start on', async (t) => {
    const { systemd, heard } = listening(t, { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '30000000' })
    t.mock.timers.tick(60_000)
    systemd.ready()
    systemd.ready()
    t.mock.timers.tick(30_000)
    await systemd.said
    assert.deepEqual(firsts(heard), ['READY=1', 'READY=1', 'WATCHDOG=1', 'WATCHDOG=1'])
    systemd[Symbol.dispose]()
    t.mock.timers.tick(60_000)
    await systemd.said
    assert.equal(heard.length, 4)
  })

  it('is no sign of life of another process', async (t) => {
    const env = { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '1000000', WATCHDOG_PID: '1' }
    const { systemd, heard } = listening(t, env)
    systemd.ready()
    t.mock.timers.tick(5000)
    await systemd.said
    assert.deepEqual(firsts(heard), ['READY=1'])
  })

  it('may get lost, which is told once', async (t) => {
    const { systemd, warnings } = listening(t, { NOTIFY_SOCKET: '/x' }, () =>
      Promise.reject(new Error('ENOENT')),
    )
    systemd.ready()
    systemd.stopping('Stopping')
    await systemd.said
    assert.deepEqual(warnings, ['systemd cannot be told of this server: ENOENT'])
  })

  it('is not for children to say', () => {
    const env = { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '1', WATCHDOG_PID: '1', HOME: '/root' }
    assert.deepEqual(withoutNotification(env), { HOME: '/root' })
  })
})
