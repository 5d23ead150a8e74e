/** What is compared: a server that can be started, reloaded and ended; and how its commands are run. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

/** HTTP workers of each contender. */
export const WORKERS = 2

export interface Contender {
  /** With its command, and what was set beyond the defaults. */
  readonly name: string
  /** @param dir a folder of its own with the app in it */
  start(dir: string, port: number): Promise<Reloadable>
}

export interface Reloadable extends AsyncDisposable {
  /** Resolves when the command that reloads has ended. */
  reload(): Promise<void>
}

/** Runs a program of Node to its end; what it says is shown only when it fails. */
export function command(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], {
      cwd: dir,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const output of [child.stdout, child.stderr])
      output.setEncoding('utf8').on('data', (text: string) => (said += text))
    // Not "close": a daemon that it leaves behind may keep the pipes.
    child.once('exit', (code) =>
      code === 0 ? resolve(said) : reject(new Error(`${args.join(' ')}: ${code}\n${said}`)),
    )
  })
}

/** Ends these very processes, and waits until they are gone. */
export async function endProcesses(pids: readonly number[]): Promise<void> {
  const isThere = (pid: number): boolean => existsSync(`/proc/${pid}`)
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of pids.filter(isThere)) {
      try {
        process.kill(pid, signal)
      } catch {
        // It has just ended.
      }
    }
    const endsAt = performance.now() + 5000
    while (pids.some(isThere) && performance.now() < endsAt) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
