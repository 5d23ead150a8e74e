/** The disk fails at the n-th write or sync of the store (R31): nothing acknowledged is lost, nothing torn is accepted. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { assertWhole, newPlace } from '../integration/tasks/sqlite-place.ts'
import { startOwner } from '../integration/tasks/sqlite-owner.ts'
import { assertKept, Steps } from '../integration/tasks/sqlite-steps.ts'

const ROUNDS = 10
const TYPED = /^TSRV_(?:BROKER_UNAVAILABLE|BROKER_LOST|STORE_UNUSABLE|STORE_INVALID)$/

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

const FAULTS = [
  { calls: 'pwrite64', error: 'EIO', last: 40, step: 1 },
  { calls: 'pwrite64', error: 'ENOSPC', last: 60, step: 3 },
  { calls: 'fsync,fdatasync', error: 'EIO', last: 12, step: 1 },
  { calls: 'ftruncate,unlink', error: 'EIO', last: 3, step: 1 },
] as const

describe('a disk that fails once', { skip: !canTrace && 'strace is missing or may not trace' }, () => {
  for (const { calls, error, last, step } of FAULTS) {
    for (let nth = 1; nth <= last; nth += step) {
      it(`with ${error} at ${calls} number ${nth} loses nothing`, () => failsOnce(calls, error, `${nth}`))
    }
    it(`with ${error} at ${calls} from then on rejects, and loses nothing`, () =>
      failsOnce(calls, error, '15+'))
  }
})

async function failsOnce(calls: string, error: string, when: string): Promise<void> {
  const place = newPlace()
  const strace = ['-f', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${calls}`]
  const inject = ['-e', `inject=${calls}:error=${error}:when=${when}`]
  const owner = startOwner(place, ['1', String(ROUNDS), 'power'], ['strace', ...strace, ...inject])
  await once(owner.process, 'close')
  const told = owner.told()
  assert.equal(owner.errors(), '')
  for (const [, code] of told.matchAll(/^X (.*)$/gm)) assert.match(code ?? '', TYPED)
  const seen = new Steps()
  seen.add(told)
  await assertKept(place, seen)
  assertWhole(place)
}
