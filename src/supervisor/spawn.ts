/** Starts a child process in a place. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { entryUrl } from '../util/entry-url.ts'
import type { ChildRole } from './state.ts'

export interface SpawnOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Options of Node, before those of the config. */
  readonly execArgv: readonly string[]
  /** Standard output and standard error; default: those of this process. */
  readonly output?: number | undefined
  /** Descriptors that the child finds from number 4 on. */
  readonly fds?: readonly number[]
}

export function spawn(role: ChildRole, { env, execArgv, output, fds = [] }: SpawnOptions): ChildProcess {
  const out = output ?? 'inherit'
  return fork(fileURLToPath(entryUrl(role)), {
    env: { ...env },
    // An unhandled SIGUSR1 would open Node's inspector, a port for code execution.
    execArgv: ['--disable-sigusr1', ...execArgv],
    stdio: ['ignore', out, out, 'ipc', ...fds],
  })
}
