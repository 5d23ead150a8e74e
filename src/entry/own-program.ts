/** The call by which this very program was started, for another start of it: as a stand-in or as the successor. */
import { constants, accessSync } from 'node:fs'
import { TsrvError } from '../errors.ts'
import { withoutActivation } from '../supervisor/activation.ts'

/** How a server is started again; the words after `start` that no user writes. */
export type Part = '--stand-in' | '--successor'

/**
 * For `process.execPath`. The program is named as it was called, so that what an installation has put there meanwhile is
 * what starts.
 */
export function argumentsAs(part?: Part): string[] {
  const [, program = '', verb = 'start', ...given] = process.argv
  const parts: readonly string[] = ['--stand-in', '--successor'] satisfies Part[]
  const others = given.filter((word) => !parts.includes(word))
  return [...process.execArgv, program, verb, ...(part === undefined ? [] : [part]), ...others]
}

/** @throws TsrvError TSRV_RESTART_FAILED when this process could not become another program */
export function requireExecutable(): void {
  if (process.execve === undefined)
    throw new TsrvError('RESTART_FAILED', { reason: 'this system cannot replace a process' })
  try {
    accessSync(process.execPath, constants.X_OK)
  } catch {
    throw new TsrvError('RESTART_FAILED', { reason: `Node is not at ${process.execPath} any more` })
  }
}

/**
 * This process becomes a new supervisor: same process id, same children, and of its descriptors the first three. Ends
 * the process if the system refuses, which is why all that can be asked for is asked for before.
 *
 * @param how relieved: a stand-in serves, at the other end of the channel that is descriptor 0
 */
export function becomeNewSupervisor(how: 'relieved' | 'alone'): never {
  const isRelieved = how === 'relieved'
  const env = { ...withoutActivation(process.env), ...(isRelieved && CHANNEL) }
  const parameters = argumentsAs(isRelieved ? '--successor' : undefined)
  process.execve?.(process.execPath, [process.execPath, ...parameters], env)
  throw new TsrvError('RESTART_FAILED', { reason: 'this system cannot replace a process' })
}

/** As node itself tells a child of its channel. */
const CHANNEL = { NODE_CHANNEL_FD: '0', NODE_CHANNEL_SERIALIZATION_MODE: 'json' }
