import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { heapOption } from '../../../src/supervisor/heap-option.ts'

const LIMIT = 256 * 1024 ** 2

function launch(options: { env?: Record<string, string>; execArgv?: string[]; taskWorkers?: number } = {}) {
  const { env = {}, execArgv = [], taskWorkers = 0 } = options
  return { workers: 2, taskWorkers, env, config: { processes: { execArgv } } }
}

describe('the heap of an HTTP worker', () => {
  it('is its share of the memory of the container', () => {
    assert.deepEqual(heapOption(launch(), LIMIT), ['--max-heap-size=96'])
    assert.deepEqual(heapOption(launch({ taskWorkers: 1 }), 2 * LIMIT), ['--max-heap-size=96'])
  })

  it('is left to Node where the machine is all there is', () => {
    assert.deepEqual(heapOption(launch(), undefined), [])
  })

  for (const option of [
    '--max-old-space-size=200',
    '--max_old_space_size=200',
    '--max-heap-size=200',
    '--max-old-space-size-percentage=50',
  ]) {
    it(`is what the user says: ${option}`, () => {
      assert.deepEqual(heapOption(launch({ execArgv: ['--import', 'tsx', option] }), LIMIT), [])
      assert.deepEqual(heapOption(launch({ env: { NODE_OPTIONS: `--no-warnings ${option}` } }), LIMIT), [])
    })
  }

  it('is not taken for set by an option of another kind', () => {
    assert.equal(heapOption(launch({ execArgv: ['--max-semi-space-size=16'] }), LIMIT).length, 1)
  })
})
