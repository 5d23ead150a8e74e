import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLoss, NOTHING_OPEN, sumOf, wordsFor } from '../../../src/wire/open-work.ts'

describe('what is open', () => {
  it('is told in words, one and many', () => {
    assert.equal(wordsFor({ ...NOTHING_OPEN, requests: 3, tasks: 1 }), '3 requests, 1 task')
    assert.equal(
      wordsFor({ requests: 1, streams: 2, webSockets: 2, upgrades: 1, tasks: 0 }),
      '1 request, 2 streams, 2 WebSockets, 1 upgraded connection',
    )
    assert.equal(wordsFor(NOTHING_OPEN), '')
  })

  it('adds up, each kind by itself', () => {
    const one = { requests: 1, streams: 2, webSockets: 3, upgrades: 4, tasks: 5 }
    const two = { requests: 10, streams: 20, webSockets: 30, upgrades: 40, tasks: 50 }
    assert.deepEqual(sumOf([one, two]), {
      requests: 11,
      streams: 22,
      webSockets: 33,
      upgrades: 44,
      tasks: 55,
    })
    assert.deepEqual(sumOf([]), NOTHING_OPEN)
  })

  it('is a loss when it ends, unless it is a WebSocket', () => {
    assert.equal(isLoss({ ...NOTHING_OPEN, webSockets: 7 }), false)
    for (const kind of ['requests', 'streams', 'upgrades', 'tasks'] as const)
      assert.equal(isLoss({ ...NOTHING_OPEN, [kind]: 1 }), true, kind)
  })
})
