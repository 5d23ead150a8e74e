/** The address of a slot before and after somebody listens on it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, Socket } from 'node:net'
import { describe, it } from 'node:test'
import { slotSocket } from '../../../src/http/slot-socket.ts'
import { bind, type Bound } from '../../../src/supervisor/bind.ts'

// The server has taken over their descriptors: closed, or collected, they would close them a second time.
const held: Bound[] = []

function bound(): Bound {
  const made = bind({ host: '127.0.0.1', port: 0 })
  assert.ok(!('failed' in made))
  held.push(made)
  return made
}

describe('slotSocket', () => {
  for (const isAsked of [true, false]) {
    it(`can be listened on, ${isAsked ? 'also when its address was asked for before' : 'unasked'}`, async () => {
      const made = bound()
      const slot = slotSocket(made.fd())
      if (isAsked) assert.deepEqual(slot.address(), made.address())
      // One owner of the descriptor: two would close it twice.
      assert.equal(slot.listenable() instanceof Socket, isAsked)
      const server = createServer().listen(slot.listenable())
      await once(server, 'listening')
      assert.deepEqual(server.address(), made.address())
      server.close()
      await once(server, 'close')
    })
  }

  it('tells the path of a Unix socket', () => {
    assert.equal(slotSocket(4, '/run/app.sock').address(), '/run/app.sock')
  })
})
