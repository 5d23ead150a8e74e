/** Every form a container module may have, asked in the same way. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadServices, NO_SERVICES, type Services } from '../../../src/container/container.ts'
import type { Server } from '../../../src/server.ts'

const SERVER = { workerId: 7, events: { dispatch: () => {} } } as unknown as Server
const AWILIX = `import { asFunction, createContainer } from '${import.meta.resolve('awilix')}'\n`

let root = ''
before(() => (root = mkdtempSync(path.join(tmpdir(), 'tsrv-container-'))))
after(() => rmSync(root, { recursive: true, force: true }))

let files = 0
function load(text: string, name = ''): Promise<Services> {
  const file = `container-${++files}.mjs`
  writeFileSync(path.join(root, file), text)
  return loadServices(`./${file}${name}`, root, SERVER)
}

const OBJECT = '{ greeting: () => "hello", loud: ({ greeting }) => greeting.toUpperCase() }'
const GET_HAS = '{ has: (name) => name !== "nope", get: (name) => name === "loud" ? "HELLO" : "hello" }'
const BY_AWILIX = `createContainer().register({ greeting: asFunction(() => 'hello'), loud: asFunction(({ greeting }) => greeting.toUpperCase()) })`

const FORMS = {
  'an object of factories': `export default ${OBJECT}`,
  'a container with get and has': `export default ${GET_HAS}`,
  'a Map': `export default new Map([['greeting', 'hello'], ['loud', 'HELLO']])`,
  'an awilix container': `${AWILIX} export default ${BY_AWILIX}`,
  'a function that returns factories': `export default () => (${OBJECT})`,
  'a function that returns a container': `export default () => (${GET_HAS})`,
  'an async function that returns factories': `export default async () => (${OBJECT})`,
  'an async function that returns an awilix container': `${AWILIX} export default async () => ${BY_AWILIX}`,
}

describe('loadServices', () => {
  for (const [form, text] of Object.entries(FORMS)) {
    it(`takes ${form}`, async () => {
      const services = await load(text)
      assert.equal(services.has('loud'), true)
      assert.equal(services.get('loud'), 'HELLO')
      assert.equal(services.get('greeting'), 'hello')
      assert.equal(services.has('nope'), false)
      assert.throws(() => services.get('nope'), { code: 'TSRV_SERVICE_MISSING', message: /"nope"/ })
    })
  }

  it('takes a named export', async () => {
    const services = await load(`export const mine = ${OBJECT}`, '#mine')
    assert.equal(services.get('loud'), 'HELLO')
  })

  it('gives factories the server and its events, unless they have services of these names', async () => {
    const given = await load('export default { id: ({ server, events }) => [server.workerId, events] }')
    assert.deepEqual(given.get('id'), [7, SERVER.events])
    const own = await load('export default { events: () => "mine", id: ({ events }) => events }')
    assert.equal(own.get('id'), 'mine')
  })

  for (const [form, text] of Object.entries(FORMS)) {
    it(`tells the name of each service of ${form} when it has been made`, async () => {
      const made: unknown[] = []
      const file = `container-${++files}.mjs`
      writeFileSync(path.join(root, file), text)
      const services = await loadServices(`./${file}`, root, SERVER, (...one) => made.push(one))
      services.get('greeting')
      assert.deepEqual(made, [['greeting', 'hello']])
    })
  }

  it('hands the server to a function', async () => {
    const services = await load('export default ({ server }) => ({ id: () => server.workerId })')
    assert.equal(services.get('id'), 7)
  })

  it('is empty when the config names no container', async () => {
    assert.equal(await loadServices(undefined, root, SERVER), NO_SERVICES)
    assert.equal(NO_SERVICES.has('a'), false)
    assert.throws(() => NO_SERVICES.get('a'), { code: 'TSRV_SERVICE_MISSING' })
    await NO_SERVICES.dispose()
  })

  it('calls the dispose of a container of the user once', async () => {
    const services = await load(
      'let ended = 0; export default { has: () => true, get: () => ended, dispose: async () => { ended++ } }',
    )
    await services.dispose()
    await services.dispose()
    assert.equal(services.get('ended'), 1)
  })

  it('keeps the this of a container class', async () => {
    const services = await load(
      `class Box { #value = 'kept'; has() { return this.#value !== '' }; get() { return this.#value } }
       export default new Box()`,
    )
    assert.equal(services.get('any'), 'kept')
  })

  it('names the service that a container of the user fails to make', async () => {
    const services = await load('export default { has: () => true, get: () => { throw new Error("down") } }')
    assert.throws(() => services.get('db'), { code: 'TSRV_SERVICE_FAILED', message: /"db": down/ })
  })
})

describe('a container module that is none', () => {
  const WRONG = {
    'lacks the export': [
      'export const services = {}',
      '',
      /export "default" is undefined; expected an object/,
    ],
    'lacks the named export': [
      'export default {}',
      '#mine',
      /export "mine" is undefined; expected an object/,
    ],
    'exports a string': ['export default "db"', '', /export "default" is string; expected an object/],
    'returns nothing': ['export default () => {}', '', /export "default" returns is undefined; expected/],
    'throws when called': [
      'export default () => { throw new Error("no database") }',
      '',
      /threw: no database/,
    ],
    'throws at load': ['throw new Error("at load")', '', /Error: at load/],
    'has an instance for a factory': [
      'export default { db: { query() {} } }',
      '',
      /service "db" is of type object; .*{ db: \(\) => … }/,
    ],
    'has a class for a factory': [
      'class Db {}; export default { db: Db }',
      '',
      /service "db" is a class; .*{ db: \(\) => new Db\(\) }/,
    ],
  } as const
  for (const [what, [text, name, message]] of Object.entries(WRONG)) {
    it(`stops the boot when it ${what}`, async () => {
      await assert.rejects(load(text, name), { code: 'TSRV_MODULE_FAILED', message })
    })
  }

  it('stops the boot when there is no such file', async () => {
    await assert.rejects(loadServices('./nowhere.ts', root, SERVER), { code: 'TSRV_MODULE_FAILED' })
  })
})
