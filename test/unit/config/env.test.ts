/** Settings from the environment. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { givenByEnv } from '../../../src/config/env.ts'

function read(env: Record<string, string>): unknown[] {
  const { given, problems } = givenByEnv(env)
  assert.deepEqual(problems, [])
  return given.map(({ key, value, origin }) => [key, value, origin.name])
}

describe('the environment', () => {
  it('gives settings by derived names', () => {
    assert.deepEqual(read({ TSRV_PORT: '1', TSRV_TASKS__BROKER: 'memory', HOME: '/root' }), [
      ['port', '1', 'TSRV_PORT'],
      ['tasks.broker', 'memory', 'TSRV_TASKS__BROKER'],
    ])
  })

  it('takes plain PORT only without TSRV_PORT, and no bare HOST', () => {
    assert.deepEqual(read({ PORT: '1', HOST: 'x' }), [['port', '1', 'PORT']])
    assert.deepEqual(read({ PORT: '1', TSRV_PORT: '2' }), [['port', '2', 'TSRV_PORT']])
  })

  it('takes an empty value as not given', () => {
    assert.deepEqual(read({ PORT: '', TSRV_PORT: '' }), [])
  })

  it('says what was probably meant by an unknown name', () => {
    const { problems } = givenByEnv({ TSRV_TASKWORKERS: '4', TSRV_ZZZZZZZ: '1' })
    assert.deepEqual(problems, [
      {
        where: 'TSRV_TASKWORKERS',
        key: '',
        message: 'no setting has this name — did you mean "TSRV_TASK_WORKERS"?',
      },
      { where: 'TSRV_ZZZZZZZ', key: '', message: 'no setting has this name' },
    ])
  })

  it('leaves alone what is no setting: names of ours and what Kubernetes adds', () => {
    const links = {
      TSRV_SERVICE_HOST: '10.0.0.1',
      TSRV_SERVICE_PORT: '80',
      TSRV_SERVICE_PORT_HTTP: '80',
      TSRV_PORT: 'tcp://10.0.0.1:80',
      TSRV_PORT_80_TCP: 'tcp://10.0.0.1:80',
      TSRV_PORT_80_TCP_ADDR: '10.0.0.1',
    }
    assert.deepEqual(read({ TSRV_RUN_DIR: '/run/x', ...links }), [])
  })
})
