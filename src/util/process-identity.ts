/**
 * Which process a number means: a pid alone may have been given to a stranger since it was written down,
 * a pid with its start time has not.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Plain data, fit for JSON. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque; equal only for one and the same process. */
  readonly startTime: string
}

/** @returns undefined when there is no such process. */
export function startTimeOf(pid: number): string | undefined {
  return inspect(pid)?.startTime
}

/** Whether that very process is still there; one that has ended and waits for its parent (a zombie) is not. */
export function isSameProcess({ pid, startTime }: ProcessIdentity): boolean {
  const found = inspect(pid)
  return found !== undefined && found.startTime === startTime && !found.zombie
}

/** Whether it has been told to stand still: by SIGSTOP, Ctrl+Z or a debugger. False where that cannot be told. */
export function isSuspended(pid: number): boolean {
  if (process.platform !== 'linux') return false
  return /^[Tt]/.test(parseProcStat(read(`/proc/${pid}/stat`) ?? '')?.state ?? '')
}

interface ProcessFacts {
  readonly startTime: string
  readonly zombie: boolean
}

function inspect(pid: number): ProcessFacts | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return process.platform === 'linux' ? inspectProc(pid) : inspectPs(pid)
}

function inspectProc(pid: number): ProcessFacts | undefined {
  const stat = parseProcStat(read(`/proc/${pid}/stat`) ?? '')
  if (stat === undefined) return undefined
  // Ticks count from boot: after a reboot the same pid may well start at the same tick.
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  return { startTime: `${boot}:${stat.startTicks}`, zombie: isDeadState(stat.state) && stat.threads <= 1 }
}

/** Fields of `/proc/PID/stat` that matter here (proc_pid_stat(5)). */
export interface ProcStat {
  readonly state: string
  readonly parent: number
  /** A main thread that has ended shows as a zombie while other threads still hold the process's sockets. */
  readonly threads: number
  readonly startTicks: string
}

/** @returns undefined for anything but a whole line. */
export function parseProcStat(line: string): ProcStat | undefined {
  // Field 2, the command, may hold spaces and brackets of its own: only the last bracket ends it.
  const end = line.lastIndexOf(')')
  if (end === -1) return undefined
  const [state, parent, ...rest] = line
    .slice(end + 1)
    .trim()
    .split(' ')
  const threads = Number(rest[20 - 5])
  const startTicks = rest[22 - 5]
  if (state === undefined || parent === undefined || startTicks === undefined) return undefined
  return { state, parent: Number(parent), threads, startTicks }
}

function inspectPs(pid: number): ProcessFacts | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    timeout: 2_000,
    // Month names and the hour depend on these two; the asking process may have others than the writing one.
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/bin:/usr/bin' },
  })
  return parsePs(stdout ?? '')
}

/** Reads `ps -o stat=,lstart=`. */
export function parsePs(line: string): ProcessFacts | undefined {
  const [state, ...start] = line.trim().split(/\s+/)
  if (state === undefined || start.length === 0) return undefined
  return { startTime: start.join(' '), zombie: isDeadState(state) }
}

function isDeadState(state: string): boolean {
  return state.startsWith('Z') || state.startsWith('X') || state.startsWith('x')
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
