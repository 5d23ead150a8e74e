import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import { acquireLock } from '../../../src/control/lock.ts'
import { startTimeOf } from '../../../src/util/process-identity.ts'

const CONTENDER = path.join(import.meta.dirname, '../../fixtures/lock-contender.ts')
const CONTENDERS = 5
const ROUNDS = 100
let folder = ''
let children: ChildProcess[] = []

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-lock-'))
  children = Array.from({ length: CONTENDERS }, () => fork(CONTENDER))
  await Promise.all(children.map((child) => once(child, 'message')))
})
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** All contenders try at once; each round has a file of its own, because the winners keep theirs. */
async function contend(file: string): Promise<number> {
  const answers = children.map(async (child) => {
    const answer = once(child, 'message')
    child.send(file)
    const results: { won: boolean }[] = await answer
    return results[0]?.won
  })
  return (await Promise.all(answers)).filter(Boolean).length
}

describe('the lock between processes', () => {
  it('has exactly one winner when several start at once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      assert.equal(await contend(path.join(folder, `fresh-${round}`)), 1, `round ${round}`)
    }
  })

  it('has exactly one winner when several find the lock of a dead process', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const file = path.join(folder, `stale-${round}`)
      writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: 'gone' }))
      assert.equal(await contend(file), 1, `round ${round}`)
    }
  })

  it('is free as soon as its holder was killed', async () => {
    const file = path.join(folder, 'killed')
    assert.equal(await contend(file), 1)
    const gone = children.map((child) => once(child, 'exit'))
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(gone)
    const self = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
    assert.equal('heldBy' in acquireLock(file, self), false)
  })
})
