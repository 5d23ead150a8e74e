import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { Supervised } from './supervised.ts'

describe('a change of the number of HTTP workers', () => {
  it('starts another one, of the code that runs, and serves on meanwhile', async (t) => {
    const server = await Supervised.ready(t, { workers: 1 })
    assert.equal(server.supervisor.resize(2), true)
    assert.deepEqual([server.supervisor.workers, server.sizes], [2, [2]])
    assert.equal(await server.states(), 'http 0 ready, http 1 starting')
    assert.equal(server.started[1]?.place.generation, 1)
    server.http(1).ready()
    assert.equal((await server.status()).state, 'ready')
  })

  it('drains the last one, whose socket the others adopt once, also those that come later', async (t) => {
    const server = await Supervised.ready(t, { workers: 2 })
    server.strays.push(new Socket())
    assert.equal(server.supervisor.resize(1), true)
    assert.equal(server.http(1).orders.at(-1), 'drain')
    assert.equal(server.http(0).orders.at(-1), 'adopt')
    server.http(1).exit(0)
    assert.equal(await server.states(), 'http 0 ready')
    assert.equal(server.http(0).orders.filter((order) => order === 'adopt').length, 1)
    assert.equal(server.count(1), 1, 'nobody follows it')
    server.http(0).exit(1)
    assert.equal(server.http(0).orders.includes('adopt'), false, 'not before it is ready')
    server.http(0).ready()
    assert.equal(server.http(0).orders.filter((order) => order === 'adopt').length, 1)
  })

  it('is refused while the server starts and stops', async (t) => {
    const server = new Supervised(t, { workers: 1 })
    const started = server.supervisor.start()
    assert.equal(server.supervisor.resize(2), false)
    server.http(0).ready()
    server.http(0).says({ type: 'led' })
    await started
    void server.supervisor.stop()
    assert.equal(server.supervisor.resize(2), false)
    assert.equal(server.started.length, 1)
  })
})
