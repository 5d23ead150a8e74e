/** The lines that need no operating system: memory and the ports of threads. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { channelPair } from '../../../src/wire/channel.ts'
import { PortChannel } from '../../../src/wire/port-channel.ts'
import { channelContract, listenTo, type NumberChannel } from '../../contract/channel.ts'

channelContract('memory', async () => channelPair<number, number>())

// As the owner of two ports does it: messages arrive later, the end of the thread closes both.
channelContract('ports', async () => {
  const left: PortChannel<number, number> = new PortChannel((message) => later(() => right.receive(message)))
  const right: PortChannel<number, number> = new PortChannel((message) => later(() => left.receive(message)))
  return [closingBoth(left, right), closingBoth(right, left)]
})

function later(deliver: () => void): void {
  process.nextTick(deliver)
}

function closingBoth(one: PortChannel<number, number>, other: PortChannel<number, number>): NumberChannel {
  const close = (): void => {
    one.close()
    later(() => other.close())
  }
  return new Proxy(one, {
    get: (target, key) => {
      if (key === 'close') return close
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

describe('flush', () => {
  it('of a memory line delivers before the next statement', () => {
    const [left, right] = channelPair<number, number>()
    const heard = listenTo(right)
    left.send(1)
    left.flush()
    assert.deepEqual(heard.got, [1])
  })

  it('is not needed on a port: each message is posted at once', () => {
    const posted: number[] = []
    new PortChannel<number, number>((message) => void posted.push(message)).send(1)
    assert.deepEqual(posted, [1])
  })
})
