/** One service over its lives: what its start and its stop promise. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServiceSetting } from '../../../../src/config/service-list.ts'
import type { Logger } from '../../../../src/server.ts'
import { DeathRecords } from '../../../../src/supervisor/death-records.ts'
import { Service } from '../../../../src/supervisor/services/service.ts'
import type { WorkerExit, WorkerHandle } from '../../../../src/supervisor/worker-handle.ts'

const SETTING: ServiceSetting = {
  name: 'hub',
  module: './hub.ts',
  restart: 'no',
  stopTimeout: 100,
  killTimeout: 200,
  env: {},
}

function exit(code: number): WorkerExit {
  return { code, signal: null, readyFor: 0, wasAsked: false, bootError: undefined, lastWords: undefined }
}

function service(): { hub: Service; orders: string[] } {
  const orders: string[] = []
  const order = (name: string) => () => void orders.push(name)
  const worker = { pid: 1, kill: order('kill'), stop: order('stop') } as unknown as WorkerHandle
  const log = { info() {}, error() {} } as unknown as Logger
  const deaths = new DeathRecords(() => ({ maxRestarts: 3, restartWindow: 60_000 }))
  const spawn = (): WorkerHandle => {
    orders.push('spawn')
    return worker
  }
  return { hub: new Service(SETTING, { slot: 0, spawn, deaths, log }), orders }
}

describe('S22: a service', () => {
  it('S19: has started when its process is ready, whatever becomes of that later', async () => {
    const { hub, orders } = service()
    const started = hub.start(SETTING)
    assert.equal(hub.state, 'starting')
    hub.ready()
    hub.exited(exit(1))
    await started
    assert.deepEqual([hub.state, orders], ['failed', ['spawn']])
  })

  it('S19: has not started, with the reason, when its process ends before it is ready', async () => {
    const { hub } = service()
    const started = hub.start(SETTING)
    hub.exited(exit(7))
    await assert.rejects(started, { code: 'TSRV_BOOT_FAILED', message: /Service hub.*exited with code 7/ })
  })

  it('has not started when it is told to stop before it is ready', async () => {
    const { hub, orders } = service()
    const started = hub.start(SETTING)
    const stopped = hub.stop()
    await assert.rejects(started, { message: /told to stop/ })
    hub.exited(exit(1))
    await stopped
    assert.deepEqual([hub.state, orders], ['stopped', ['spawn', 'kill']])
  })

  it('has stopped when its process is gone, however that went, and may start and stop again', async () => {
    const { hub, orders } = service()
    for (const code of [0, 1]) {
      const started = hub.start(SETTING)
      hub.ready()
      await started
      const stopped = hub.stop()
      assert.equal(hub.stop(), stopped, 'one stop')
      hub.exited(exit(code))
      await stopped
      assert.equal(hub.state, 'stopped')
    }
    assert.deepEqual(orders, ['spawn', 'stop', 'spawn', 'stop'])
  })
})
