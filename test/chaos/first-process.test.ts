/**
 * The shell that stands before the server in a container passes on every signal, also one that comes while it passes on
 * another. A shell that tests something in its traps loses one of some ten thousand.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import path from 'node:path'
import { it } from 'node:test'
import { randomFrom } from './random.ts'
import { SEED } from './settings.ts'

const file = path.resolve(import.meta.dirname, '../../bin/first-process.js')
const { INIT } = (await import(file)) as { readonly INIT: string }

const PAIRS = 100_000
/** Microseconds between the two signals of a pair, at most: the time that a shell takes for one of them. */
const LONGEST_GAP = 150

/** Says of each signal that it has come. */
const CHILD = `import { writeSync } from 'node:fs'
for (const name of ['SIGHUP', 'SIGTTIN']) process.on(name, () => writeSync(1, name + '\\n'))
setInterval(() => {}, 1e6)
writeSync(1, 'up\\n')`

it('the first process of a container passes on every signal, however close they come', async (t) => {
  const program = [process.execPath, '--input-type=module', '-e', CHILD]
  const shell = spawn('/bin/sh', ['-c', INIT, 'tsrv', ...program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(shell, 'exit')
  t.after(async () => {
    shell.kill('SIGTERM')
    await exited
  })
  const random = randomFrom(SEED)
  const lines = createInterface({ input: shell.stdout })
  const said = lines[Symbol.asyncIterator]()
  assert.equal((await said.next()).value, 'up')
  for (let pair = 1; pair <= PAIRS; pair++) {
    shell.kill('SIGHUP')
    spin(random.next() * LONGEST_GAP)
    shell.kill('SIGTTIN')
    const late = setTimeout(() => lines.close(), 5000)
    const both = new Set([(await said.next()).value, (await said.next()).value])
    clearTimeout(late)
    assert.deepEqual(both, new Set(['SIGHUP', 'SIGTTIN']), `pair ${pair} of seed ${SEED}`)
  }
})

function spin(microseconds: number): void {
  const endsAt = performance.now() + microseconds / 1000
  while (performance.now() < endsAt);
}
