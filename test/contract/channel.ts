/** What every Channel must do, whatever carries it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Channel } from '../../src/wire/channel.ts'
import { until } from '../until.ts'

export type NumberChannel = Channel<number, number>

/** @param open makes both ends of a connected line */
export function channelContract(name: string, open: () => Promise<[NumberChannel, NumberChannel]>): void {
  describe(`a channel over ${name}`, () => {
    it('brings messages in the order they were sent, both ways', async () => {
      const [left, right] = await open()
      const heard = { left: listenTo(left), right: listenTo(right) }
      for (let number = 0; number < 1000; number++) {
        left.send(number)
        right.send(-1 - number)
      }
      await until(() => heard.left.got.length + heard.right.got.length === 2000, 'all messages')
      const numbers = Array.from({ length: 1000 }, (_, number) => number)
      assert.deepEqual(heard.right.got, numbers)
      assert.deepEqual(
        heard.left.got,
        numbers.map((number) => -1 - number),
      )
      left.close()
    })

    it('never runs the receiver inside the call of the sender', async () => {
      const [left, right] = await open()
      const heard = listenTo(right)
      left.send(1)
      assert.deepEqual(heard.got, [])
      await until(() => heard.got.length === 1, 'the message')
      left.close()
    })

    it('keeps messages that come before anybody listens', async () => {
      const [left, right] = await open()
      left.send(1)
      left.send(2)
      left.flush()
      await new Promise((resolve) => setImmediate(resolve))
      const heard = listenTo(right)
      left.send(3)
      await until(() => heard.got.length === 3, 'all messages')
      assert.deepEqual(heard.got, [1, 2, 3])
      left.close()
    })

    it('brings what was sent just before it is closed', async () => {
      const [left, right] = await open()
      const heard = listenTo(right)
      left.send(1)
      left.close()
      await until(() => heard.closed > 0, 'the end')
      assert.deepEqual(heard.got, [1])
    })

    it('tells both ends once that it is closed', async () => {
      const [left, right] = await open()
      const heard = [listenTo(left), listenTo(right)] as const
      left.close()
      left.close()
      await until(() => heard.every(({ closed }) => closed > 0), 'both ends')
      right.close()
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(
        heard.map(({ closed }) => closed),
        [1, 1],
      )
      assert.deepEqual([left.isOpen, right.isOpen], [false, false])
    })

    it('brings nothing more to the end that closed it', async () => {
      const [left, right] = await open()
      const heard = listenTo(left)
      const other = listenTo(right)
      right.send(1)
      left.close()
      await until(() => other.closed > 0, 'the end')
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(heard.got, [])
    })

    it('drops what is sent after its end', async () => {
      const [left, right] = await open()
      const heard = listenTo(right)
      left.close()
      left.send(1)
      left.flush()
      await until(() => heard.closed > 0, 'the end')
      right.send(2)
      assert.deepEqual(heard.got, [])
    })

    it('tells the end also to those who begin to listen after it', async () => {
      const [left, right] = await open()
      left.send(1)
      left.close()
      await new Promise((resolve) => setImmediate(resolve))
      for (const end of [left, right]) {
        const heard = listenTo(end)
        await until(() => heard.closed > 0, 'the end')
        assert.equal(heard.closed, 1)
      }
    })
  })
}

interface Heard {
  readonly got: number[]
  closed: number
}

export function listenTo(channel: NumberChannel): Heard {
  const heard: Heard = { got: [], closed: 0 }
  channel.listen({ onMessage: (message) => heard.got.push(message), onClose: () => void heard.closed++ })
  return heard
}
