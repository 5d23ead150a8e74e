import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Attention } from '../../../src/supervisor/attention.ts'
import { Pulse } from '../../../src/supervisor/pulse.ts'

const beat = (delay: number) => ({ delay, memory: 1 })

describe('a pulse', () => {
  it('counts silence from the last beat, and before the first from the first look', () => {
    const pulse = new Pulse()
    assert.deepEqual([pulse.silence(5000), pulse.silence(7000)], [0, 2000])
    pulse.beat(beat(0), 8000)
    assert.equal(pulse.silence(8500), 500)
  })

  it('shows the longest delay of the last ten beats', () => {
    const pulse = new Pulse()
    assert.equal(pulse.delay, undefined)
    pulse.beat(beat(900), 0)
    for (let second = 1; second < 10; second++) pulse.beat(beat(second), second)
    assert.equal(pulse.delay, 900)
    pulse.beat(beat(3), 10)
    assert.equal(pulse.delay, 9)
  })

  it('is blocked from when somebody finds so until the next beat, which tells', () => {
    const pulse = new Pulse()
    assert.equal(pulse.beat(beat(0), 0), false)
    pulse.block({ silence: 5000, note: undefined })
    assert.equal(pulse.blocked?.silence, 5000)
    assert.equal(pulse.beat(beat(5000), 5000), true)
    assert.equal(pulse.blocked, undefined)
  })
})

describe('attention', () => {
  it('counts the time between looks, but not the time that nobody could look', () => {
    let now = 1000
    const attention = new Attention(() => now)
    now += 1000
    assert.equal(attention.look(), 1000)
    now += 8 * 3_600_000
    assert.equal(attention.look(), 2500, 'a night in a closed laptop')
    now += 500
    assert.equal(attention.look(), 3000)
  })
})
