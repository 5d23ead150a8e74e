/** Lines over real sockets: the contract, the number of writes, and peers that talk nonsense. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type Codec, SocketChannel } from '../../../src/wire/socket-channel.ts'
import { channelContract, listenTo } from '../../contract/channel.ts'
import { until } from '../../until.ts'

const numbers: Codec<number, number> = {
  encode: (message, writer) => writer.add(message < 0 ? 2 : 1, Math.abs(message)),
  decode(type, id) {
    if (type === 9) throw new Error('unknown type')
    return type === 2 ? -id : id
  },
}

const opened: Socket[] = []
const listener = createServer()
before(async () => void (await once(listener.listen(0, '127.0.0.1'), 'listening')))
after(() => {
  listener.close()
  for (const socket of opened) socket.destroy()
})

async function sockets(): Promise<[Socket, Socket]> {
  const address = listener.address()
  assert.ok(typeof address === 'object' && address !== null)
  const accepted = once(listener, 'connection') as Promise<[Socket]>
  const client = connect(address.port, '127.0.0.1')
  const [[server]] = await Promise.all([accepted, once(client, 'connect')])
  opened.push(client, server)
  return [client, server]
}

channelContract('a socket', async () => {
  const [left, right] = await sockets()
  return [new SocketChannel(left, numbers), new SocketChannel(right, numbers)]
})

describe('a socket channel', () => {
  it('writes once for all messages of a turn', async (context) => {
    const [left, right] = await sockets()
    const write = context.mock.method(left, 'write')
    const channel = new SocketChannel(left, numbers)
    const heard = listenTo(new SocketChannel(right, numbers))
    for (let number = 1; number <= 500; number++) channel.send(number)
    assert.equal(write.mock.callCount(), 0)
    await until(() => heard.got.length === 500, 'all messages')
    assert.equal(write.mock.callCount(), 1)
    channel.send(501)
    await until(() => heard.got.length === 501, 'the last message')
    assert.equal(write.mock.callCount(), 2)
    channel.close()
  })

  it('writes before the next statement when it is flushed, and not again at the end of the turn', async (context) => {
    const [left, right] = await sockets()
    const write = context.mock.method(left, 'write')
    const channel = new SocketChannel(left, numbers)
    const heard = listenTo(new SocketChannel(right, numbers))
    channel.send(1)
    channel.flush()
    assert.equal(write.mock.callCount(), 1)
    assert.equal(left.writableLength, 0, 'the bytes are in the kernel')
    channel.flush()
    await until(() => heard.got.length === 1, 'the message')
    assert.equal(write.mock.callCount(), 1)
    channel.close()
  })

  it('closes when the peer breaks off', async () => {
    const [left, right] = await sockets()
    const heard = listenTo(new SocketChannel(left, numbers))
    right.resetAndDestroy()
    await until(() => heard.closed > 0, 'the end')
    assert.equal(heard.closed, 1)
  })

  it('closes when the peer sends what cannot be a frame', async () => {
    const [left, right] = await sockets()
    const heard = listenTo(new SocketChannel(left, numbers))
    right.on('error', () => {})
    right.write(Buffer.alloc(64, 0xff))
    await until(() => heard.closed > 0 && left.destroyed, 'the end')
    assert.equal(heard.closed, 1)
  })

  it('closes when the peer sends a message that cannot be read, and brings none of those after it', async () => {
    const [left, right] = await sockets()
    const heard = listenTo(new SocketChannel(left, numbers))
    right.on('error', () => {})
    const frame = (type: number): Buffer => Buffer.of(0, 0, 0, 0, type, 5, 0, 0, 0, 0, 0, 0, 0)
    right.write(Buffer.concat([frame(1), frame(9), frame(1)]))
    await until(() => heard.closed > 0, 'the end')
    assert.deepEqual(heard.got, [5])
  })

  it('tells when the peer reads more slowly than we write', async () => {
    const [left, right] = await sockets()
    const channel = new SocketChannel(left, numbers)
    assert.equal(channel.isBlocked, false)
    for (let number = 0; number < 1_000_000; number++) channel.send(number)
    channel.flush()
    assert.equal(channel.isBlocked, true)
    right.resume()
    await until(() => !channel.isBlocked, 'the peer')
    channel.close()
  })
})
