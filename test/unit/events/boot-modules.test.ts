/** The modules of `boot`: in their order, with the server, and named when they fail. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadBootModules } from '../../../src/events/boot-modules.ts'
import { fakeServer } from './fake-server.ts'

let root = ''
before(() => (root = mkdtempSync(path.join(tmpdir(), 'tsrv-boot-'))))
after(() => rmSync(root, { recursive: true, force: true }))

let files = 0
async function boot(...texts: readonly string[]): Promise<unknown[][]> {
  const { server, logged } = fakeServer()
  const entries = texts.map((text) => {
    const [code = '', name = ''] = text.split(' //')
    const file = `./boot-${++files}.mjs`
    writeFileSync(path.join(root, file), code)
    return `${file}${name}`
  })
  await loadBootModules(entries, root, server)
  return logged
}

describe('boot modules', () => {
  it('are called with the server one after the other, each awaited', async () => {
    const logged = await boot(
      'import { setImmediate } from "node:timers/promises"; export default async (server) => { await setImmediate(); server.log.info("one") }',
      'export const mine = (server) => server.log.info("two") //#mine',
    )
    assert.deepEqual(logged, [
      ['info', 'one'],
      ['info', 'two'],
    ])
  })

  it('may do all they do while they are imported', async () => assert.deepEqual(await boot('1 + 1'), []))

  const WRONG: Readonly<Record<string, readonly [string, RegExp]>> = {
    'exports no function': [
      'export default {}',
      /boot-\d+\.mjs \(boot\): its export "default" is no function/,
    ],
    'lacks the named export': ['1 + 1 //#mine', /its export "mine" is no function/],
    throws: ['export default () => { throw new Error("no database") }', /its function threw: no database/],
    'throws at load': ['throw new Error("at load")', /Error: at load/],
  }
  for (const [what, [text, message]] of Object.entries(WRONG)) {
    it(`stop the start when one ${what}`, () =>
      assert.rejects(boot(text), { code: 'TSRV_MODULE_FAILED', message }))
  }
})
