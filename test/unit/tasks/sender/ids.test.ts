/** Ids increase and never repeat, whenever the answers of the supervisor come. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { TaskIds } from '../../../../src/tasks/sender/ids.ts'
import type { IdRange, IdRangeKind } from '../../../../src/wire/messages.ts'

const BLOCK = 10
const RESERVE = 40
const FIRST_RESERVE = 1_000_000

/** Hands out ranges as the supervisor does. */
function supervisor(): (kind: IdRangeKind) => IdRange {
  const next = { block: 1, reserve: FIRST_RESERVE }
  return (kind) => {
    const first = next[kind]
    next[kind] += kind === 'block' ? BLOCK : RESERVE
    return { first, last: next[kind] - 1 }
  }
}

function ids(): { ids: TaskIds; asked: IdRangeKind[]; answer: () => void } {
  const take = supervisor()
  const asked: IdRangeKind[] = []
  const made = new TaskIds({ block: take('block'), reserve: take('reserve') }, (kind) => asked.push(kind))
  const answer = (): void => {
    const kind = asked.shift()
    if (kind !== undefined) made.refill(take(kind))
  }
  return { ids: made, asked, answer }
}

describe('task ids', () => {
  it('increase and never repeat, whenever the refills come', () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
        { weight: 4, arbitrary: fc.constant('answer' as const) },
      ),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(steps, (steps) => {
        const one = ids()
        let last = 0
        for (const step of steps) {
          if (step === 'answer') one.answer()
          else {
            for (let time = 0; time < step; time++) {
              try {
                const id = one.ids.next()
                assert.ok(id > last, `${id} after ${last}`)
                last = id
              } catch (error) {
                assert.equal((error as { code?: string }).code, 'TSRV_IDS_EXHAUSTED')
                break
              }
            }
          }
        }
      }),
    )
  })

  it('follow one another without a gap while refills come in time', () => {
    const one = ids()
    const given = Array.from({ length: 100 }, () => {
      one.answer()
      return one.ids.next()
    })
    assert.deepEqual(
      given,
      Array.from({ length: 100 }, (_, index) => index + 1),
    )
  })

  it('are asked for once, when half of a block is used', () => {
    const one = ids()
    for (let time = 0; time < BLOCK / 2 - 1; time++) one.ids.next()
    assert.deepEqual(one.asked, [])
    for (let time = 0; time < BLOCK / 2; time++) one.ids.next()
    assert.deepEqual(one.asked, ['block'])
  })

  it('come from the reserve in a loop that lets no answer in, and from the next reserve after it', () => {
    const one = ids()
    const given = Array.from({ length: BLOCK + RESERVE - 1 }, () => one.ids.next())
    assert.equal(given[BLOCK], FIRST_RESERVE)
    assert.deepEqual(one.asked, ['block', 'reserve'])
    one.answer()
    one.answer()
    assert.equal(one.ids.next(), FIRST_RESERVE + RESERVE - 1)
    assert.equal(one.ids.next(), FIRST_RESERVE + RESERVE)
  })

  it('end with an error that tells what to do when the reserve is used up, too', () => {
    const one = ids()
    for (let time = 0; time < BLOCK + RESERVE; time++) one.ids.next()
    assert.throws(() => one.ids.next(), {
      code: 'TSRV_IDS_EXHAUSTED',
      message: /reserve of 40 .*let the loop turn/,
    })
    one.answer()
    one.answer()
    assert.equal(one.ids.next(), FIRST_RESERVE + RESERVE)
  })
})
