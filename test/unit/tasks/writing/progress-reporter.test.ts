import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Progress } from '../../../../src/server.ts'
import { ProgressReporter } from '../../../../src/tasks/writing/progress-reporter.ts'

function reporter(): { own: ProgressReporter; said: Progress[]; ends: unknown[] } {
  const said: Progress[] = []
  const ends: unknown[] = []
  const own = new ProgressReporter({
    progress: (progress) => said.push(progress),
    finish: (value) => ends.push(value),
    fail: (error) => ends.push(error.message),
  })
  return { own, said, ends }
}

describe('S8: a progress reporter', () => {
  it('begins with nothing, of a hundred', () => {
    const { own, said } = reporter()
    assert.deepEqual([own.message, own.completion, own.completionTarget], ['', 0, 100])
    assert.deepEqual(said, [])
  })

  it('tells of each change, with all it knows', () => {
    const { own, said } = reporter()
    own.setCompletionTarget(4)
    own.setMessage('cutting')
    own.setCompletion(1)
    assert.deepEqual(said, [
      { message: '', completion: 0, target: 4 },
      { message: 'cutting', completion: 0, target: 4 },
      { message: 'cutting', completion: 1, target: 4 },
    ])
  })

  it('has reached its target when the task is finished', () => {
    const { own, said, ends } = reporter()
    own.setCompletionTarget(4)
    own.finishTask('made')
    assert.deepEqual(said.at(-1), { message: '', completion: 4, target: 4 })
    assert.deepEqual(ends, ['made'])
  })

  for (const [what, given, message, error] of [
    ['an error', [new TypeError('no file')], 'no file', 'no file'],
    ['a text', ['no file'], 'no file', 'no file'],
    ['both', [new Error('ENOENT'), 'it is not there'], 'it is not there', 'ENOENT'],
    ['nothing', [], 'the task failed', 'the task failed'],
  ] as const) {
    it(`stays where it was when the task fails with ${what}`, () => {
      const { own, said, ends } = reporter()
      own.setCompletion(40)
      own.failTask(...given)
      assert.deepEqual(said.at(-1), { message, completion: 40, target: 100 })
      assert.deepEqual(ends, [error])
    })
  }

  it('says nothing more after the first end', () => {
    const { own, said } = reporter()
    own.failTask('over')
    const before = said.length
    own.setCompletion(50)
    own.setMessage('late')
    own.finishTask('late')
    assert.equal(said.length, before)
  })
})
