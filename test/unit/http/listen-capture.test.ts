/** Which servers are kept from listening, and what they are made to believe. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, Server } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { ListenCapture } from '../../../src/http/listen-capture.ts'

const ADDRESS: AddressInfo = { address: '127.0.0.1', family: 'IPv4', port: 8080 }

function capture(): { listens: ListenCapture; wanted: string[] } {
  const wanted: string[] = []
  const onTaken = (address: string): void => void wanted.push(address)
  return { listens: new ListenCapture({ address: () => ADDRESS, onTaken }).start(), wanted }
}

describe('a ListenCapture', () => {
  it('takes the first http.Server, runs its callback and tells the address', async () => {
    const { listens, wanted } = capture()
    using _ = listens
    const server = createServer()
    const order: string[] = []
    const returned = server.listen(3000, 'localhost', () => order.push('callback'))
    order.push('after listen')
    await once(server, 'listening')
    assert.deepEqual(order, ['after listen', 'callback'])
    assert.equal(returned, server)
    assert.deepEqual([server.listening, server.address()], [true, ADDRESS])
    assert.deepEqual(wanted, ['localhost:3000'])
    assert.equal(listens.taken, server)
    assert.equal(await listens.first, server)
  })

  it('lets every other server listen', async () => {
    using listens = capture().listens
    const plain = net.createServer().listen(0, '127.0.0.1')
    assert.equal(listens.taken, undefined)
    const taken = createServer().listen(3000)
    const other = createServer().listen(0, '127.0.0.1')
    await Promise.all([once(plain, 'listening'), once(other, 'listening')])
    assert.equal(listens.taken, taken)
    for (const server of [plain, other]) {
      assert.notDeepEqual(server.address(), ADDRESS)
      server.close()
    }
  })

  it('takes more servers of the same program: those on the port it wanted, or was told', () => {
    const { listens, wanted } = capture()
    using _ = listens
    createServer().listen(3000, '127.0.0.1')
    const others = [createServer().listen(3000, '::1'), createServer().listen({ port: ADDRESS.port })]
    for (const server of others) assert.equal(server.address(), ADDRESS)
    assert.deepEqual(wanted, ['127.0.0.1:3000'])
  })

  it('narrowed takes no server that does not belong to the app', async () => {
    using listens = capture().listens
    const app = createServer()
    listens.narrow((server) => server === app)
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    other.close()
    assert.equal(listens.taken, undefined)
    app.listen(3000)
    assert.equal(listens.taken, app)
  })

  it('lets a taken server be closed, as one that listened', async () => {
    using _ = capture().listens
    const server = createServer().listen(3000)
    await once(server, 'listening')
    const events: string[] = []
    server.once('close', () => events.push('close'))
    const error = await new Promise((resolve) => server.close(resolve))
    assert.equal(error, undefined)
    assert.deepEqual([events, server.listening, server.address()], [['close'], false, null])
  })

  it('tells nobody of a listening that was closed at once', async () => {
    using _ = capture().listens
    const server = createServer().listen(3000, () => assert.fail('listens'))
    await new Promise((resolve) => server.close(resolve))
  })

  it('leaves the class as it was when it ends', () => {
    const { listens } = capture()
    assert.ok(Object.hasOwn(Server.prototype, 'listen'))
    listens[Symbol.dispose]()
    assert.ok(!Object.hasOwn(Server.prototype, 'listen'))
  })
})
