/** Whether a process lives, and its end. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

/** A zombie has ended: in a container nobody may be there to reap it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^\d+ \(.*\) [ZX]/s.test(stat)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** @param pid checked: a signal to process 0 would go to this one and to everything that the test runner has started */
export function sendSignal(pid: number | undefined, signal: NodeJS.Signals): void {
  assert.ok(pid !== undefined && pid > 0, `${signal} for process ${pid}`)
  process.kill(pid, signal)
}
