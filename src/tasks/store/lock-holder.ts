/** Which process has a lock on a file: what an operator needs to know after "in use by another process". Linux only. */
import { readFileSync, statSync } from 'node:fs'

/** @returns undefined when nobody has one, or the system does not tell. */
export function lockHolder(file: string, locks = '/proc/locks'): number | undefined {
  try {
    const { ino } = statSync(file)
    // 1: POSIX  ADVISORY  WRITE 1234 fd:00:5678 1073741825 1073741826
    const holders = readFileSync(locks, 'utf8').matchAll(
      /^\d+: \S+ +\S+ +WRITE +(\d+) [\da-f]+:[\da-f]+:(\d+) /gm,
    )
    for (const [, pid, inode] of holders) if (inode === String(ino)) return Number(pid)
  } catch {
    // Not Linux, or a /proc that is hidden from us.
  }
  return undefined
}
