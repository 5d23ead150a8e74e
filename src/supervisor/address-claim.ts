/**
 * Makes sure that an address is ours alone before it is bound with SO_REUSEPORT: that option lets a second server
 * of the same user join silently and take half of the requests.
 */
import { createHash } from 'node:crypto'
import { lstatSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { messageOf, TsrvError } from '../errors.ts'
import { bind, type BindTarget, type Bound } from './bind.ts'
import { findPortHolder, findUnixHolder, isTsrvCommand, type PortHolder } from './port-holder.ts'

/** Holds until it is released or the process ends. */
export interface AddressClaim {
  /** Idempotent. */
  release(): void
}

export interface ClaimOptions {
  readonly signal?: AbortSignal | undefined
  /** The port is ours already, at another address. */
  readonly isOwn?: boolean | undefined
}

/**
 * @throws TsrvError `TSRV_PORT_IN_USE` naming the holder; `TSRV_LISTEN_FAILED` when the address cannot be had at all
 */
export async function claimAddress(
  target: BindTarget,
  { signal, isOwn = false }: ClaimOptions = {},
): Promise<AddressClaim> {
  signal?.throwIfAborted()
  // The system gives a port 0 to one socket only.
  if ('port' in target && target.port === 0) return { release() {} }
  const claim = markClaimed(target)
  try {
    // A name without a file vanishes with its server; that it is taken shows at the bind.
    if ('path' in target) await (isAbstract(target) || clearStaleSocket(target.path, signal))
    else if (!isOwn) probe(target)
    signal?.throwIfAborted()
    return claim
  } catch (error) {
    claim.release()
    throw error
  }
}

/** `127.0.0.1:8080`, `[::1]:8080` or a path. */
export function formatTarget(target: BindTarget): string {
  if ('path' in target) return target.path.replace(/^\0/, '@')
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`
}

/** What a failed bind means to the operator. */
export function listenFailure(target: BindTarget, code: string, cause?: unknown): TsrvError {
  const address = formatTarget(target)
  if (code === 'EADDRINUSE') return inUse(target, holderOf(target))
  const reason = reasonFor(code)
  return new TsrvError('LISTEN_FAILED', { address, reason }, { cause })
}

/** The same in words, for an address that another setting has chosen. */
export function describeListenFailure(target: BindTarget, code: string): string {
  return code === 'EADDRINUSE' ? `it is already in use${whoHolds(holderOf(target))}` : reasonFor(code)
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; ports below 1024 and folders of others need more rights (EACCES)',
  EPERM: 'the system does not permit it (EPERM)',
  EADDRNOTAVAIL: 'no network interface of this machine has that address (EADDRNOTAVAIL)',
  EAFNOSUPPORT: 'this machine does not speak that address family (EAFNOSUPPORT)',
  ENOENT: 'the folder of the socket does not exist (ENOENT)',
  ENOTDIR: 'part of the path is not a folder (ENOTDIR)',
  ENAMETOOLONG: 'the path is too long for a socket, about 100 bytes fit (ENAMETOOLONG)',
  EINVAL: 'it is not an address or path that can be bound (EINVAL)',
  EMFILE: 'this process has too many open files (EMFILE)',
  ENOTFOUND: 'the host name is unknown (ENOTFOUND)',
  EAI_AGAIN: 'the host name could not be looked up (EAI_AGAIN)',
  ETIMEDOUT: 'the host name could not be looked up in time',
}

function reasonFor(code: string): string {
  return REASONS[code] ?? `the system refused it (${code})`
}

/**
 * Bound sockets that do not listen yet do not hinder a second bind, so a server that is still booting would go
 * unnoticed. A name in the abstract namespace (Linux) has one owner, the scope of a port (the network namespace),
 * and vanishes with its process.
 */
function markClaimed(target: BindTarget): AddressClaim {
  if (process.platform !== 'linux') return { release() {} }
  const name = claimName(target)
  const mark = bind({ path: `\0${name}` })
  if (!('failed' in mark)) return claimOf(mark)
  // Only that one answer tells of a rival; without the mark the probe still finds servers that listen.
  if (mark.failed !== 'EADDRINUSE') return { release() {} }
  throw inUse(target, findUnixHolder(`@${name}`), true)
}

function claimOf(mark: Bound): AddressClaim {
  let held: Bound | undefined = mark
  return {
    release() {
      held?.close()
      held = undefined
    },
  }
}

function claimName(target: BindTarget): string {
  if (!('path' in target)) return `tsrv-listen/${formatTarget(target)}`
  return `tsrv-listen/${createHash('sha256').update(target.path).digest('hex').slice(0, 32)}`
}

/** Without SO_REUSEPORT the bind is refused when anybody listens there, tsrv or not. */
function probe(target: BindTarget & { readonly host: string; readonly port: number }): void {
  const bound = bind({ host: target.host, port: target.port })
  if ('failed' in bound) throw listenFailure(target, bound.failed)
  bound.close()
}

/** The file of a Unix socket outlives its server, and hinders the next one until somebody removes it. */
async function clearStaleSocket(path: string, signal: AbortSignal | undefined): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) {
    const reason = 'something that is not a socket lies there; remove it, or choose another path'
    throw new TsrvError('LISTEN_FAILED', { address: path, reason })
  }
  if (await answers(path, signal)) throw inUse({ path }, findUnixHolder(path))
  try {
    rmSync(path, { force: true })
  } catch (error) {
    throw new TsrvError('LISTEN_FAILED', { address: path, reason: messageOf(error) }, { cause: error })
  }
}

const PROBE_TIMEOUT = 1_000

/** Only a refused connection proves that nobody is there: a busy or foreign server is no leftover. */
function answers(path: string, signal: AbortSignal | undefined): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const deadline = AbortSignal.timeout(PROBE_TIMEOUT)
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
  const socket = connect({ path, signal: either })
  socket.on('connect', () => resolve(true))
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(!GONE.has(error.code ?? '')))
  return promise.finally(() => socket.destroy())
}

const GONE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT'])

function holderOf(target: BindTarget): PortHolder | undefined {
  return 'path' in target ? findUnixHolder(formatTarget(target)) : findPortHolder(target)
}

function isAbstract({ path }: { readonly path: string }): boolean {
  return path.startsWith('\0')
}

function inUse(target: BindTarget, found: PortHolder | undefined, isTsrv?: boolean): TsrvError {
  return new TsrvError('PORT_IN_USE', { address: formatTarget(target), holder: whoHolds(found, isTsrv) })
}

/** Completes "in use". */
function whoHolds(
  found: PortHolder | undefined,
  isTsrv = found !== undefined && isTsrvCommand(found.command),
): string {
  const who = [
    ...(isTsrv ? ['another tsrv server'] : []),
    ...(found === undefined ? [] : [`pid ${found.pid} (${found.command})`]),
  ]
  return who.length === 0 ? '' : ` by ${who.join(', ')}`
}
