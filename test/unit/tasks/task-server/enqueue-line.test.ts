import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { TsrvError } from '../../../../src/errors.ts'
import type { EnqueueResult } from '../../../../src/tasks/broker.ts'
import { EnqueueLine } from '../../../../src/tasks/task-server/enqueue-line.ts'
import { until } from '../../../until.ts'

const FULL = new TsrvError('BROKER_UNAVAILABLE', {
  broker: 'sqlite',
  place: 'tasks.db',
  reason: 'it is full',
})

describe('the line of batches', () => {
  it('asks for several at a time while all is well', async (t) => {
    const { add, answers } = open(t)
    const stored = [add('a'), add('b'), add('c')]
    assert.deepEqual([...answers.keys()], ['a', 'b', 'c'])
    for (const { resolve } of answers.values()) resolve([])
    await Promise.all(stored)
  })

  it('keeps their order over a time in which the store refuses, with one batch that insists', async (t) => {
    const { add, answers, asked, kept, troubles } = open(t)
    const early = [add('a'), add('b'), add('c')]
    answers.get('a')?.resolve([])
    answers.get('c')?.reject(FULL)
    await turn()
    const late = add('d')
    // Nothing is asked until it is known what has become of all that came earlier.
    assert.deepEqual(asked, ['a', 'b', 'c'])
    answers.get('b')?.reject(FULL)
    await until(() => asked.length === 4, 'the batch that insists')
    answers.get('b')?.reject(FULL)
    await until(() => asked.length === 5, 'the batch that insists again')
    answers.get('b')?.resolve([])
    await until(() => asked.length === 7, 'those behind it')
    assert.deepEqual(asked.slice(3), ['b', 'b', 'c', 'd'])
    assert.equal(troubles(), 1)
    for (const name of ['c', 'd']) answers.get(name)?.resolve([])
    await Promise.all([...early, late])
    assert.deepEqual(kept, ['a', 'b', 'c', 'd'])
    void add('e')
    void add('f')
    assert.deepEqual(asked.slice(7), ['e', 'f'])
  })

  it('rejects what will be refused for ever, and lets the others pass', async (t) => {
    const { add, answers, asked } = open(t)
    const [first, second] = [add('a'), add('b')]
    answers.get('a')?.reject(FULL)
    answers.get('b')?.reject(FULL)
    await turn()
    const third = add('c')
    await until(() => asked.length === 3, 'the batch that insists')
    const rejected = assert.rejects(first, /never/)
    answers.get('a')?.reject(new Error('never'))
    await rejected
    await until(() => asked.length === 5, 'the others')
    for (const name of ['b', 'c']) answers.get(name)?.resolve([])
    await Promise.all([second, third])
  })

  it('rejects all that wait when it is to end', async (t) => {
    const { add, answers, asked, stop } = open(t)
    const waiting = [add('a'), add('b')]
    answers.get('a')?.reject(FULL)
    answers.get('b')?.reject(FULL)
    await turn()
    waiting.push(add('c'))
    await until(() => asked.length === 3, 'the batch that insists')
    stop.abort()
    answers.get('a')?.reject(FULL)
    const results = await Promise.allSettled(waiting)
    assert.ok(results.every(({ status }) => status === 'rejected'))
    assert.deepEqual(asked, ['a', 'b', 'a'])
  })
})

interface TestContext {
  after(end: () => void): void
}

/** Batches have names, and are answered by the test. */
function open(t: TestContext) {
  const stop = new AbortController()
  t.after(() => stop.abort())
  let troubles = 0
  const line = new EnqueueLine({ signal: stop.signal, onTrouble: () => troubles++ })
  const asked: string[] = []
  const kept: string[] = []
  const answers = new Map<string, PromiseWithResolvers<readonly EnqueueResult[]>>()
  const add = async (name: string): Promise<void> => {
    await line.add(() => {
      asked.push(name)
      const answer = Promise.withResolvers<readonly EnqueueResult[]>()
      answers.set(name, answer)
      return answer.promise
    })
    kept.push(name)
  }
  return { add, answers, asked, kept, stop, troubles: () => troubles }
}
