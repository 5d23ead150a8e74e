import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServiceHandle } from '../../../../src/server.ts'
import { asDefinition, defineService } from '../../../../src/tasks/services/definition.ts'

const mailbox = defineService({
  methods: { add: (mail: string) => mail.length, list: async () => ['hello'] },
})

describe('S23: what the module of a service exports', () => {
  it('is a definition, the function that does the work, or nothing', () => {
    const run = (): void => {}
    assert.deepEqual(asDefinition(run, './a.ts'), { run })
    assert.deepEqual(asDefinition(undefined, './a.ts'), {})
    assert.equal(asDefinition(mailbox, './a.ts'), mailbox)
  })

  for (const [what, exported, message] of [
    ['a text', 'hello', /it exports string; expected a function/],
    ['null', null, /it exports null/],
    ['a start that cannot be called', { start: true }, /it exports boolean as start/],
    ['methods that are none', { methods: [1] }, /it exports number as method "0"/],
    ['methods that are not an object', { methods: 'add' }, /it exports string as methods/],
  ] as const) {
    it(`cannot be ${what}`, () => {
      assert.throws(() => asDefinition(exported, './a.ts'), { code: 'TSRV_MODULE_FAILED', message })
    })
  }

  it('gives calls their types', async () => {
    const call = (async (name: string, data: unknown) => [name, data]) as unknown
    const handle = { name: 'mailbox', call } as ServiceHandle<typeof mailbox>
    const added: Promise<number> = handle.call('add', 'hello')
    const listed: Promise<string[]> = handle.call('list')
    // @ts-expect-error -- a number is no mail
    const wrongData = handle.call('add', 1)
    // @ts-expect-error -- there is no such method
    const wrongName = handle.call('remove', 'hello')
    assert.deepEqual(await Promise.all([added, listed, wrongData, wrongName]), [
      ['add', 'hello'],
      ['list', undefined],
      ['add', 1],
      ['remove', 'hello'],
    ])
  })
})
