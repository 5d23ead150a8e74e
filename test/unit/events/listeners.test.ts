/** From entries of the config to listeners, and the errors that name what is wrong. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { EventDispatcher } from '../../../src/events/dispatcher.ts'
import {
  type ListenerEntry,
  loadListeners,
  type LoadListenersOptions,
} from '../../../src/events/listeners.ts'
import { EVENTS } from '../../../src/events/catalogue.ts'
import { TaskEvent } from '../../../src/events/task-events.ts'
import { ServerStartEvent } from '../../../src/events/server-events.ts'
import { Happened } from '../../fixtures/listeners/forms.ts'

const root = path.join(import.meta.dirname, '../../fixtures/listeners')
const EVENT = './forms.ts#Happened'
const services: Record<string, unknown> = {
  audit: (event: Happened) => event.heard.push('service'),
  late: Promise.resolve((event: Happened) => event.heard.push('async service')),
  auditor: { handle: (event: Happened) => event.heard.push('service object') },
  number: 5,
}

type Given = string | ListenerEntry

async function load(
  event: string,
  entries: readonly Given[],
  more: Partial<LoadListenersOptions> = {},
): Promise<EventDispatcher> {
  const dispatcher = new EventDispatcher()
  const list = entries.map((one) => (typeof one === 'string' ? { listener: one, deferred: false } : one))
  await loadListeners({
    listeners: { [event]: { replace: false, entries: list } },
    root,
    roles: ['http'],
    services: {
      has: (name) => name in services || name === 'broken',
      get: (name) => {
        if (name === 'broken') throw new Error('no database')
        return services[name]
      },
    },
    dispatcher,
    defer:
      (_event, { listener }) =>
      (happened) =>
        (happened as Happened).heard.push(`deferred ${listener}`),
    ...more,
  })
  return dispatcher
}

async function heardBy(entries: readonly Given[], more?: Partial<LoadListenersOptions>): Promise<string[]> {
  const dispatcher = await load(EVENT, entries, more)
  return (await dispatcher.dispatch(new Happened())).heard
}

describe('a listener entry', () => {
  for (const [what, entry, word] of [
    ['the default export of a file', './forms.ts', 'default'],
    ['a named export of a file', './forms.ts#named', 'named'],
    ['an absolute path', path.join(root, 'forms.ts#named'), 'named'],
    ['an object with handle()', './forms.ts#withHandle', 'object'],
    ['a class with handle()', './forms.ts#WithHandle', 'class'],
    ['a service', 'audit', 'service'],
    ['a service whose factory is async', 'late', 'async service'],
    ['a service with handle()', 'auditor', 'service object'],
  ] as const) {
    it(`may be ${what}`, async () => {
      assert.deepEqual(await heardBy([entry]), [word])
    })
  }

  it('may be an export of a package, looked up from the folder of the config', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-listeners-'))
    try {
      const own = path.join(folder, 'node_modules/mailer')
      mkdirSync(own, { recursive: true })
      writeFileSync(
        path.join(own, 'package.json'),
        '{"name":"mailer","type":"module","exports":{"import":"./main.js"}}',
      )
      writeFileSync(
        path.join(own, 'main.js'),
        'export const welcome = (event) => { event.packageRan = true }',
      )
      const dispatcher = await load('ServerStartEvent', ['pkg:mailer#welcome'], { root: folder })
      const event = Object.create(ServerStartEvent.prototype) as { packageRan?: boolean }
      assert.equal((await dispatcher.dispatch(event)).packageRan, true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('runs in the order of the config', async () => {
    const entries = ['./forms.ts#named', 'audit', './forms.ts']
    assert.deepEqual(await heardBy(entries), ['named', 'service', 'default'])
  })

  it('runs once when it is listed twice, in whatever form', async () => {
    for (const entry of [
      './forms.ts',
      './forms.ts#WithHandle',
      './forms.ts#withHandle',
      'audit',
      'auditor',
    ]) {
      assert.equal((await heardBy([entry, entry])).length, 1)
    }
    assert.deepEqual(await heardBy(['./forms.ts', './forms.ts#default']), ['default'])
  })

  it('is deferred once when it is deferred twice', async () => {
    const deferred = { listener: './forms.ts', deferred: true }
    assert.deepEqual(await heardBy([deferred, './forms.ts#named', deferred]), [
      'deferred ./forms.ts',
      'named',
    ])
  })
})

describe('a listener that cannot be loaded stops the boot', () => {
  for (const [what, entry, code, reason] of [
    ['there is no such file', './nowhere.ts', 'LISTENER_MISSING', /there is no file .*nowhere\.ts/],
    ['there is no such package', 'pkg:not-installed', 'LISTENER_MISSING', /package is not installed/],
    ['the file throws', './throws.ts', 'LISTENER_MISSING', /boom at load.*throws\.ts:1/],
    [
      'one of its imports is missing',
      '../broken/load/inner-import.ts',
      'LISTENER_MISSING',
      /Cannot find module .*not-there\.ts/,
    ],
    ['there is no such service', 'nobody', 'LISTENER_MISSING', /no such service/],
    ['its service cannot be made', 'broken', 'LISTENER_MISSING', /no database/],
    ['its class cannot be made', './forms.ts#CannotBeMade', 'LISTENER_MISSING', /no database/],
    ['there is no such export', './forms.ts#nope', 'LISTENER_INVALID', /received no such export/],
    ['there is no default export', './throws-not.ts', 'LISTENER_MISSING', /there is no file/],
    [
      'it is an object without handle()',
      './forms.ts#notCallable',
      'LISTENER_INVALID',
      /an object without handle\(\)/,
    ],
    ['it is null', './forms.ts#nothing', 'LISTENER_INVALID', /received null/],
    [
      'it is a class without handle()',
      './forms.ts#WithoutHandle',
      'LISTENER_INVALID',
      /the class WithoutHandle without/,
    ],
    ['its service is a number', 'number', 'LISTENER_INVALID', /received a number/],
  ] as const) {
    it(`naming event and entry: ${what}`, async () => {
      await assert.rejects(load('ServerStartEvent', [entry]), (error: Error & { code: string }) => {
        assert.equal(error.code, `TSRV_${code}`)
        assert.ok(error.message.includes(`"${entry}"`), error.message)
        assert.ok(error.message.includes('"ServerStartEvent"'), error.message)
        assert.match(error.message, reason)
        return true
      })
    })
  }

  it('when it is deferred, too', async () => {
    const entry = { listener: './nowhere.ts', deferred: true }
    await assert.rejects(load(EVENT, [entry]), { code: 'TSRV_LISTENER_MISSING' })
  })
})

describe('the event of a listener', () => {
  it('must be known; the error lists what there is', async () => {
    await assert.rejects(load('TaskEvnt', ['./forms.ts']), {
      code: 'TSRV_EVENT_UNKNOWN',
      message: /Unknown event "TaskEvnt" under "listeners"; expected one of ServerStartEvent, .*TaskEvent/,
    })
  })

  it('may be a class of the user, which must exist', async () => {
    await assert.rejects(load('./forms.ts#Nope', ['./forms.ts']), {
      code: 'TSRV_EVENT_UNKNOWN',
      message: /"\.\/forms\.ts#Nope".*expected an exported class/,
    })
    await assert.rejects(load('./gone.ts#Nope', ['./forms.ts']), {
      code: 'TSRV_EVENT_UNKNOWN',
      message: /gone\.ts/,
    })
  })

  it('decides where the listener is loaded: elsewhere not even a missing one matters', async () => {
    await load('TaskEvent', ['./nowhere.ts'], { roles: ['http'] })
    const dispatcher = await load('TaskEvent', ['./forms.ts'], { roles: ['task'] })
    assert.equal(dispatcher.hasListeners(TaskEvent), true)
  })

  for (const [name, row] of Object.entries(EVENTS)) {
    it(`may be ${name}, with or without its ending`, async () => {
      const roles = row.runsIn.slice(0, 1)
      for (const key of [name, name.slice(0, -'Event'.length)]) {
        assert.ok((await load(key, ['./forms.ts'], { roles })).hasListeners(row.type))
      }
    })
  }

  it("may carry Swoole's name of the manager process", async () => {
    assert.ok((await load('ManagerStart', ['./forms.ts'])).hasListeners(ServerStartEvent))
  })
})
