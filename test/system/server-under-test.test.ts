/** A canary of the system tests themselves: none of them may leave a server behind. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { it } from 'node:test'
import { isAlive } from './alive.ts'
import { project } from './project.ts'

const FORGETFUL = `import { it } from 'node:test'
import { ServerUnderTest } from '${path.join(import.meta.dirname, 'server-under-test.ts')}'
it('passes', async () => console.log('server ' + (await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })).pid))`

it('a file of tests that forgets a server ends it, and fails', async () => {
  const dir = project('plain-app', { 'forgetful.test.ts': FORGETFUL })
  // A run of tests within a test would report to the one around it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, ['--test', path.join(dir, 'forgetful.test.ts')], {
    env,
    stdio: 'pipe',
  })
  const ended = once(child, 'exit')
  const output = await text(child.stdout)
  const pid = Number(/server (\d+)$/m.exec(output)?.[1])
  rmSync(dir, { recursive: true, force: true })
  assert.ok(pid > 0, output)
  assert.equal(isAlive(pid), false)
  assert.match(output, /every test ends its servers/)
  assert.equal((await ended)[0], 1)
})
