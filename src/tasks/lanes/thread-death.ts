/** What a dead thread died of, from what Node tells about it. */
import { messageOf } from '../../errors.ts'
import { LaneDeath } from './lane.ts'

/** @param heapLimit megabytes */
export function deathByError(error: unknown, heapLimit: number): LaneDeath {
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new LaneDeath('out-of-memory', `the task worker ran out of memory (limit ${heapLimit} MB)`, {
      cause: error,
    })
  }
  const name = error instanceof Error ? `${error.name}: ` : ''
  return new LaneDeath('crashed', `an error escaped in the task worker: ${name}${messageOf(error)}`, {
    cause: error,
  })
}

export function deathByExit(code: number): LaneDeath {
  return new LaneDeath('exited', `task code called process.exit(${code})`)
}

export function deathByKill(): LaneDeath {
  return new LaneDeath('killed', 'its task worker was killed')
}
