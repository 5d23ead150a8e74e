/** How places are shared out among queues, and which queues are asked at all. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { QueueDemand, type QueueTerms } from '../../../../src/tasks/task-server/queue-demand.ts'
import { shareOut, type SelectorName } from '../../../../src/tasks/task-server/selector.ts'

const QUEUES = [
  { name: 'default', weight: 1 },
  { name: 'mail', weight: 3 },
  { name: 'import', weight: 2 },
]

function sequence(...numbers: readonly number[]): () => number {
  let at = 0
  return () => numbers[at++ % numbers.length] ?? 0
}

describe('a selector', () => {
  it('T7: weighted: gives each queue its part by chance', () => {
    const random = sequence(0, 0.17, 0.5, 0.66, 0.67, 0.99)
    assert.deepEqual(shareOut('weighted', 6, QUEUES, { random }), [
      { queue: 'default', max: 1 },
      { queue: 'mail', max: 3 },
      { queue: 'import', max: 2 },
    ])
  })

  it('T7: strict: gives everything to the queue of most weight, the first of equal ones', () => {
    const equal = [...QUEUES, { name: 'late', weight: 3 }]
    const random = sequence(0.99)
    assert.deepEqual(shareOut('strict', 4, equal, { random }), [{ queue: 'mail', max: 4 }])
  })

  it('T7: round-robin: goes on after the queue it chose last', () => {
    const random = sequence(0)
    const first = shareOut('round-robin', 4, QUEUES, { random })
    assert.deepEqual(first, [
      { queue: 'mail', max: 1 },
      { queue: 'import', max: 1 },
      { queue: 'default', max: 2 },
    ])
    const last = first.at(-1)?.queue
    assert.deepEqual(shareOut('round-robin', 1, QUEUES, { random, last }), [{ queue: 'mail', max: 1 }])
  })

  it('gives nothing without queues or places', () => {
    const mood = { random: sequence(0) }
    assert.deepEqual(shareOut('weighted', 3, [], mood), [])
    assert.deepEqual(shareOut('weighted', 0, QUEUES, mood), [])
  })
})

describe('the demand of queues', () => {
  const terms = (selector: SelectorName) => (): QueueTerms => ({ selector, queues: QUEUES })

  it('T7: leaves a queue alone once it gave less than its share, until something comes into it', () => {
    const demand = new QueueDemand(terms('strict'))
    demand.wake(['mail'])
    assert.deepEqual(demand.share(2), [{ queue: 'mail', max: 2 }])
    demand.ranDry('mail')
    assert.deepEqual(demand.share(2), [{ queue: 'default', max: 2 }])
    demand.ranDry('default')
    assert.deepEqual(demand.share(2), [])
    demand.wake(['mail'])
    assert.deepEqual(demand.share(1), [{ queue: 'mail', max: 1 }])
  })

  it('T28: gives lanes of one queue their part besides, when it may have something', () => {
    const demand = new QueueDemand(terms('strict'))
    const own = new Map([
      ['mail', 2],
      ['empty', 1],
    ])
    demand.wake(['mail'])
    assert.deepEqual(demand.share(3, own), [{ queue: 'mail', max: 5, own: 2 }])
    assert.deepEqual(demand.share(0, own), [{ queue: 'mail', max: 2, own: 2 }])
    demand.ranDry('mail')
    assert.deepEqual(demand.share(3, own), [{ queue: 'default', max: 3 }])
  })

  it('does not believe that a queue is empty if something came into it meanwhile', () => {
    const demand = new QueueDemand(terms('weighted'))
    assert.deepEqual(demand.share(1), [{ queue: 'default', max: 1 }])
    demand.wake(['default'])
    demand.ranDry('default')
    assert.deepEqual(demand.share(1), [{ queue: 'default', max: 1 }])
  })

  it('serves a queue that the configuration does not name any more', () => {
    const demand = new QueueDemand(terms('round-robin'))
    demand.wake(['former'])
    demand.ranDry('default')
    demand.share(1)
    demand.ranDry('default')
    assert.deepEqual(demand.share(1), [{ queue: 'former', max: 1 }])
  })
})
