/** What a user's program is made of, in real processes and threads: boot modules, services, events, deferred listeners. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServerUnderTest } from './server-under-test.ts'

describe('the program of a user', () => {
  it('has its events, services and handlers in every worker, and its services end in reverse order', async () => {
    await using server = await ServerUnderTest.start('program-app')
    assert.deepEqual(await server.json('/'), { email: 'ada' })
    const mail = await server.log(({ msg }) => msg === 'mail', 'the mail')
    assert.deepEqual([mail.process, mail['to']], ['task 0', 'ada'])
    assert.equal(await server.json('/old'), 'text from 0')
    const isOld = (record: { readonly [field: string]: unknown }): boolean => record['data'] === 'text from 0'
    const finish = await server.log(
      (record) => record.msg === 'on finish' && isOld(record),
      'the finish handler',
    )
    assert.equal(finish.process, 'http 0')
    await server.stop()
    assert.deepEqual(
      server.logs.filter(({ level }) => level === 'fatal'),
      [],
    )

    const messages = (process: string): string[] =>
      server.logs.filter((record) => record.process === process).map(({ msg }) => msg)
    for (const process of ['http 0', 'task 0']) {
      const ends = messages(process).filter((message) => message.endsWith(' ends'))
      assert.deepEqual(ends, ['welcome ends', 'mailer ends'], process)
    }
    const greetings = server.logs.filter(({ msg }) => msg === 'greet')
    assert.deepEqual(
      greetings.map((record) => [record.process, record['email'], record['same']]),
      [['http 0', 'ada', true]],
    )
    // The deferred listener was one task; that one and the old one have a result each.
    assert.deepEqual(messages('http 0').filter((message) => message === 'on finish').length, 2)
    assert.equal(messages('task 0').filter((message) => message === 'mail').length, 1)
  })
})
