import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canMove, type ChildState } from '../../../src/supervisor/state.ts'

const STATES: readonly ChildState[] = ['starting', 'ready', 'draining', 'stopping', 'dead']

describe('the states of a child', () => {
  it('lead forward only', () => {
    for (const [at, from] of STATES.entries()) {
      for (const to of STATES.slice(0, at + 1)) assert.equal(canMove(from, to), false, `${from} to ${to}`)
    }
  })

  it('all end in death', () => {
    for (const from of STATES.slice(0, -1)) assert.equal(canMove(from, 'dead'), true, from)
  })

  it('let only a ready child drain', () => {
    assert.deepEqual(
      STATES.filter((from) => canMove(from, 'draining')),
      ['ready'],
    )
  })
})
