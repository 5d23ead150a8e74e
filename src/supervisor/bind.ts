/**
 * Binding without listening, so that the processes that inherit the descriptor listen. `net.BoundSocket` does it
 * where Node has it (24.19 and later, paths a little later still); before, the call under node:cluster.
 */
import net, { isIPv6, Socket, type AddressInfo } from 'node:net'
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

/** A handle of node's own, as a process gets it that is sent one: undocumented, known from node:cluster. */
export interface SocketHandle {
  readonly fd: number
  getsockname?(address: AddressInfo): number
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

/**
 * A socket that was bound elsewhere and came down as a descriptor.
 *
 * @param path of a Unix socket, which node cannot ask for
 */
export function boundFrom(fd: number, path?: string): Bound {
  const socket = new Socket({ fd, readable: false, writable: false })
  return {
    fd: () => fd,
    address: () => path ?? (socket.address() as AddressInfo),
    close: () => void socket.destroy(),
  }
}

/** The same for one that was sent over a channel. */
export function boundFromHandle(handle: SocketHandle, path?: string): Bound {
  const address: AddressInfo = { address: '', family: '', port: 0 }
  if (path === undefined) handle.getsockname?.(address)
  return { fd: () => handle.fd, address: () => path ?? address, close: () => handle.close() }
}

/**
 * What can be sent over a channel; the other end gets a handle of its own for the same socket. Not a `net.Socket`: at the
 * other end that would begin to read, and a listening socket cannot be read.
 */
export function sendable(bound: Bound): SocketHandle {
  const view = new Socket({ fd: bound.fd(), readable: false, writable: false })
  const handle: unknown = Reflect.get(view, '_handle')
  if (!isSocketHandle(handle)) throw new TypeError('this socket has no handle')
  return handle
}

export function isSocketHandle(found: unknown): found is SocketHandle {
  return typeof found === 'object' && found !== null && 'fd' in found && typeof found.fd === 'number'
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

type ServerHandle = SocketHandle & { getsockname(address: AddressInfo): number }

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
