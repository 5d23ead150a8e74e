/** Whether a process lives. */
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
