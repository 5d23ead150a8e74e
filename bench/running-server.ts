/** A server for a benchmark: started as users start it, measured by its own CPU time, stopped at the end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'

const BIN = path.resolve(import.meta.dirname, '../bin/tsrv.js')
/** Clock ticks per second of /proc/PID/stat; 100 on every Linux that Node runs on. */
const TICKS = 100

export interface Running extends AsyncDisposable {
  readonly url: string
  /** CPU seconds of the supervisor and its children so far, user and system (Linux). */
  cpuSeconds(): number
}

export async function startServer(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = spawn(process.execPath, [BIN, 'start', '-o', 'port=0', ...args], {
    cwd: path.resolve(import.meta.dirname, folder),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await readyUrl(child)
  const pid = child.pid ?? 0
  return {
    url,
    cpuSeconds: () => [pid, ...childrenOf(pid)].reduce((sum, one) => sum + cpuOf(one), 0),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
    },
  }
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with status ${code}`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const record = JSON.parse(line) as { event?: string; urls?: string[] }
      if (record.event === 'ready' && record.urls?.[0] !== undefined) resolve(record.urls[0])
    })
  })
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}
