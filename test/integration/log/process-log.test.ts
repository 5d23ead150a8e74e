/** The log of a real process: complete at its end, whatever end that is. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'

const program = path.join(import.meta.dirname, '../../fixtures/log/logging-program.ts')

async function run(...parameters: string[]): Promise<{ out: string; code: unknown }> {
  const child = spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { out, code }
}

function records(out: string): Record<string, unknown>[] {
  assert.equal(out.at(-1), '\n')
  return out
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('the log of a process', () => {
  for (const [how, code, last] of [
    ['end', 0, /evil/],
    ['exit', 0, /evil/],
    ['throw', 1, /Uncaught error/],
  ] as const) {
    it(`is complete and in order when the process ends: ${how}`, async () => {
      const ended = await run(how)
      assert.equal(ended.code, code)
      const all = records(ended.out)
      const numbers = all.map(({ number }) => number).filter((one) => one !== undefined)
      assert.deepEqual(
        numbers,
        Array.from({ length: 2000 }, (_, number) => number),
      )
      assert.match(String(all.at(-1)?.['msg']), last)
    })
  }

  it('carries level, time and the fields of the process in each record, and nothing below its level', async () => {
    const all = records((await run('end')).out)
    assert.ok(all.every((one) => one['process'] === 'test' && one['level'] !== 'debug'))
    assert.match(String(all[0]?.['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.equal(all.at(-1)?.['level'], 'warn')
  })

  it('names an uncaught error with its stack', async () => {
    const fatal = records((await run('throw')).out).at(-1)
    assert.equal(fatal?.['level'], 'fatal')
    assert.match((fatal['err'] as { stack: string }).stack, /nobody caught this[^]*logging-program\.ts/)
  })

  it('is readable for people, and what they read cannot be faked', async () => {
    const { out } = await run('end', 'pretty')
    const lines = out.trimEnd().split('\n')
    assert.match(lines[0] ?? '', /INFO.*test +record 0/)
    assert.match(lines.at(-1) ?? '', /WARN.*evil \\u001b\[31m \\u009b \\nfaked line/)
    assert.equal(lines.filter((line) => /INFO|WARN/.test(line)).length, 2001)
  })

  for (const form of ['json', 'pretty']) {
    it(`does not make the process wait for a reader that reads nothing: ${form}`, async (t) => {
      // A pipe of the shell, which blocks unless told otherwise; "cat" holds its other end and reads another one.
      const script = '"$0" "$@" | cat 4<&0 <&3 >/dev/null'
      const child = spawn('sh', ['-c', script, process.execPath, program, 'go on', form], {
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      })
      t.after(() => (child.stdio[3] as Writable).end())
      const [said] = (await once(child.stderr!, 'data')) as [Buffer]
      assert.match(said.toString(), /still alive/)
    })

    it(`does not end the process when its reader goes away: ${form}`, async () => {
      const child = spawn(process.execPath, [program, 'go on', form], { stdio: ['ignore', 'pipe', 'pipe'] })
      child.stdout.destroy()
      const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
      assert.match(said, /still alive/)
      assert.equal(code, 0)
    })
  }
})
