import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { isSameProcess, parseProcStat, parsePs, startTimeOf } from '../../../src/util/process-identity.ts'

const onLinux = { skip: process.platform !== 'linux' }

function fields(state: string, start: number): string {
  return `${state} 7 ${Array.from({ length: 17 }, (_, at) => at).join(' ')} ${start} 0 0`
}

describe('process identity', () => {
  it('recognises this process by its pid and start time', () => {
    const startTime = startTimeOf(process.pid)
    assert.ok(startTime !== undefined)
    assert.equal(isSameProcess({ pid: process.pid, startTime }), true)
  })

  it('gives the same start time each time it is asked', () => {
    assert.equal(startTimeOf(process.pid), startTimeOf(process.pid))
  })

  it('does not take a stranger with a reused pid for the recorded process', () => {
    assert.equal(isSameProcess({ pid: process.pid, startTime: 'an earlier start' }), false)
  })

  it('is not fooled by the same tick after a reboot', onLinux, () => {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    assert.ok(startTimeOf(process.pid)?.startsWith(`${boot}:`))
  })

  it('knows nothing of numbers that stand for no process', () => {
    for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 31]) assert.equal(startTimeOf(pid), undefined)
  })

  it('forgets a process once it has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'])
    const identity = { pid: child.pid ?? 0, startTime: startTimeOf(child.pid ?? 0) ?? '' }
    assert.equal(isSameProcess(identity), true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(isSameProcess(identity), false)
  })

  it('does not count a zombie as alive', onLinux, async () => {
    // A shell that has become `sleep` never reaps the child it had before; the child ends after that.
    const shell = spawn('sh', ['-c', 'sh -c "sleep 0.1" & echo $!; exec sleep 30'])
    try {
      const [line] = await once(shell.stdout, 'data')
      const pid = Number(String(line))
      const isZombie = (): boolean => parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.state === 'Z'
      while (!isZombie()) await new Promise(setImmediate)
      assert.equal(isSameProcess({ pid, startTime: startTimeOf(pid) ?? '' }), false)
    } finally {
      shell.kill('SIGKILL')
    }
  })
})

describe('reading /proc/PID/stat', () => {
  it('takes field 22 whatever the command is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (command, start) => {
        assert.deepEqual(parseProcStat(`42 (${command}) ${fields('S', start)}\n`), {
          state: 'S',
          parent: 7,
          threads: 15,
          startTicks: String(start),
        })
      }),
    )
  })

  it('reads nothing from half a line', () => {
    fc.assert(
      fc.property(fc.nat({ max: 30 }), (length) => {
        assert.equal(parseProcStat(`42 (node) ${fields('S', 5)}`.slice(0, length)), undefined)
      }),
    )
  })
})

describe('reading the output of ps', () => {
  it('separates the state from the start', () => {
    assert.deepEqual(parsePs('Ss   Sat Nov 21 07:13:08 2026\n'), {
      startTime: 'Sat Nov 21 07:13:08 2026',
      zombie: false,
    })
    assert.equal(parsePs('Z+   Sat Nov  1 07:13:08 2026\n')?.zombie, true)
  })

  it('reads an empty output as no such process', () => {
    assert.equal(parsePs(''), undefined)
  })
})
