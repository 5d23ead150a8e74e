/** An `http.Server` that believes it listens: its callback has run, it knows its address, it can be closed. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** @param parameters what `listen()` was called with */
export function standIn(
  server: Server,
  parameters: readonly unknown[],
  address: () => AddressInfo | string,
): Server {
  const callback = parameters.findLast((one) => typeof one === 'function')
  if (callback !== undefined) server.once('listening', callback as () => void)
  const own = {
    listening: { value: true, configurable: true, writable: true },
    address: { value: address, configurable: true, writable: true },
    close: { value: close, configurable: true, writable: true },
  }
  Object.defineProperties(server, own)
  // As node does it: the caller may add its listeners first.
  process.nextTick(() => {
    if (server.listening) server.emit('listening')
  })
  return server

  function close(done?: (error?: Error) => void): Server {
    for (const name of Object.keys(own)) Reflect.deleteProperty(server, name)
    // Without what node says of a server that has no handle.
    if (done !== undefined) server.once('close', done)
    return server.close()
  }
}
