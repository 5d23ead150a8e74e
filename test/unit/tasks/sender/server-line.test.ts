import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServerLine } from '../../../../src/tasks/sender/server-line.ts'
import { type Channel, channelPair } from '../../../../src/wire/channel.ts'
import type { FromTaskServer, ToTaskServer } from '../../../../src/wire/messages.ts'

/** A channel, and the types of what the task server at its other end has heard. */
function toServer(): { readonly channel: Channel<ToTaskServer, FromTaskServer>; readonly heard: string[] } {
  const [channel, other] = channelPair<ToTaskServer, FromTaskServer>()
  const heard: string[] = []
  other.listen({ onMessage: ({ type }) => heard.push(type), onClose: () => {} })
  return { channel, heard }
}

const lineOf = (): ServerLine =>
  new ServerLine({ sender: { kind: 'http', slot: 0, workerId: 0 }, client: 'a' })

describe('the line to the task server', () => {
  it('tells who sends, and takes messages at once when it is the first one', () => {
    const line = lineOf()
    assert.equal(line.tell({ type: 'cancel', id: 1 }), false, 'there is none')
    const { channel, heard } = toServer()
    assert.equal(line.open(channel), true)
    assert.equal(line.tell({ type: 'cancel', id: 1 }), true)
    line.flush()
    assert.deepEqual(heard, ['hello', 'cancel'])
    assert.deepEqual([line.isSuccessor('one'), line.welcomed('one')], [false, false])
  })

  it('takes nothing but acknowledgements before the welcome when it follows an earlier one', () => {
    const line = lineOf()
    const [first, second] = [toServer(), toServer()]
    line.open(first.channel)
    line.welcomed('one')
    assert.equal(line.lost(first.channel), true)
    assert.equal(line.open(second.channel), false)
    assert.equal(line.tell({ type: 'cancel', id: 1 }), false)
    line.acknowledge(1)
    second.channel.flush()
    assert.deepEqual(second.heard, ['hello', 'received'])
    assert.deepEqual([line.isSuccessor('one'), line.isSuccessor('two')], [false, true])
    assert.deepEqual([line.welcomed('two'), line.isOpen, line.isSuccessor('two')], [true, true, false])
  })

  it('is not lost with one that has been followed already', () => {
    const line = lineOf()
    const [first, second] = [toServer(), toServer()]
    line.open(first.channel)
    line.open(second.channel)
    assert.deepEqual([line.lost(first.channel), line.isOpen], [false, true])
  })

  it('says over every later one who leads, until another one does', () => {
    const line = lineOf()
    const lines = [toServer(), toServer(), toServer()]
    for (const [at, { channel }] of lines.entries()) {
      line.open(channel)
      if (at === 0) line.lead()
      if (at === 1) line.resign()
      channel.flush()
    }
    assert.deepEqual(
      lines.map(({ heard }) => heard),
      [['hello', 'leader'], ['hello', 'leader'], ['hello']],
    )
  })
})
