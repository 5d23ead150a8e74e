/**
 * Binding without listening, so that the processes that inherit the descriptor listen. `net.BoundSocket` does it
 * where Node has it (24.19 and later, paths a little later still); before, the call under node:cluster.
 */
import net, { isIPv6, type AddressInfo } from 'node:net'
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'

/** Where to listen: a numeric address, or the path of a Unix socket. */
export type BindTarget =
  | { readonly host: string; readonly port: number; readonly reusePort?: boolean }
  | { readonly path: string }

export interface Bound {
  fd(): number
  address(): AddressInfo | string
  close(): void
}

/** The system's name for what went wrong, e.g. `EADDRINUSE`. */
export interface BindFailure {
  readonly failed: string
}

/** Never throws. Has to be closed; it is also lost when nothing refers to it any more. */
export function bind(target: BindTarget): Bound | BindFailure {
  const BoundSocket = boundSocketClass()
  const able = BoundSocket !== undefined && (!('path' in target) || 'isPipe' in BoundSocket.prototype)
  if (!able) return bindWithServerHandle(target)
  try {
    return new BoundSocket(target)
  } catch (error) {
    return { failed: error instanceof Error && 'code' in error ? String(error.code) : 'EINVAL' }
  }
}

/** For a Node without `net.BoundSocket`. Cannot share a port: give it no `reusePort`. */
export function bindWithServerHandle(target: BindTarget): Bound | BindFailure {
  if ('reusePort' in target && target.reusePort) return { failed: 'ENOTSUP' }
  const handle = createServerHandle(target)
  if (typeof handle === 'number') return { failed: getSystemErrorName(handle) }
  if ('path' in target)
    return { fd: () => handle.fd, address: () => target.path, close: () => handle.close() }

  const address: AddressInfo = {
    address: target.host,
    family: isIPv6(target.host) ? 'IPv6' : 'IPv4',
    port: 0,
  }
  // libuv keeps EADDRINUSE back until the first question about the address.
  const problem = handle.getsockname(address)
  if (problem === 0) return { fd: () => handle.fd, address: () => address, close: () => handle.close() }
  handle.close()
  return { failed: getSystemErrorName(problem) }
}

interface BoundSocketClass {
  new (options: BindTarget): Bound
  readonly prototype: object
}

/** A view of our own: the published types claim the class for every version and know no paths yet. */
function boundSocketClass(): BoundSocketClass | undefined {
  const found: unknown = Reflect.get(net, 'BoundSocket')
  return isBoundSocketClass(found) ? found : undefined
}

function isBoundSocketClass(found: unknown): found is BoundSocketClass {
  return typeof found === 'function'
}

interface ServerHandle {
  readonly fd: number
  getsockname(address: AddressInfo): number
  close(): void
}

type CreateServerHandle = (address: string, port: number, addressType: 4 | 6 | -1) => ServerHandle | number

/** What node:cluster binds with: undocumented, and not needed once 24.19 is the oldest Node. */
function createServerHandle(target: BindTarget): ServerHandle | number {
  const create: unknown = Reflect.get(net, '_createServerHandle')
  if (!isCreateServerHandle(create)) return -constants.errno.ENOTSUP
  if ('path' in target) return create(target.path, -1, -1)
  return create(target.host, target.port, isIPv6(target.host) ? 6 : 4)
}

function isCreateServerHandle(found: unknown): found is CreateServerHandle {
  return typeof found === 'function'
}
