/** Sockets that systemd has bound and listens on already: sd_listen_fds(3). */
import { readFileSync, readlinkSync } from 'node:fs'
import { messageOf, TsrvError } from '../errors.ts'
import { type Bound, boundFrom } from './bind.ts'

type Env = Readonly<Record<string, string | undefined>>

const FIRST = 3
const NAMES = ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID'] as const

/**
 * @param pid of this process: what is meant for another one is left alone
 * @returns none when this is no start by a socket unit
 * @throws TsrvError `TSRV_LISTEN_FAILED` for a descriptor that is no socket to accept connections from
 */
export function activatedSockets(env: Env, pid: number): Bound[] {
  const count = Number(env['LISTEN_FDS'] ?? 0)
  if (!Number.isInteger(count) || count < 1 || Number(env['LISTEN_PID']) !== pid) return []
  return Array.from({ length: count }, (_, index) => activated(FIRST + index))
}

/** For other processes, which have none of them at these numbers. */
export function withoutActivation(env: Env): Env {
  const others = Object.entries(env).filter(([name]) => !NAMES.some((own) => own === name))
  return Object.fromEntries(others)
}

function activated(fd: number): Bound {
  try {
    const bound = boundFrom(fd, unixPathOf(fd))
    bound.address()
    return bound
  } catch (error) {
    const reason = `systemd passed something that is no stream socket (${messageOf(error)}); use ListenStream= in its socket unit`
    throw new TsrvError('LISTEN_FAILED', { address: `descriptor ${fd}`, reason }, { cause: error })
  }
}

/** Node cannot ask for it; the kernel writes names of the abstract namespace with `@`. Undefined for TCP. */
function unixPathOf(fd: number): string | undefined {
  const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? []
  if (inode === undefined) return undefined
  // Num RefCount Protocol Flags Type St Inode Path
  const line = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .find((one) => one.trim().split(/\s+/)[6] === inode)
  const path = line === undefined ? undefined : /^(?:\S+\s+){7}(.*)$/.exec(line)?.[1]
  return path?.replace(/^@/, '\0')
}
