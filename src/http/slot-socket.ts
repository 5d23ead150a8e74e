/** The bound socket of a worker's slot, which can tell its address before anybody listens on it. */
import { type AddressInfo, Socket } from 'node:net'

export interface SlotSocket {
  address(): AddressInfo | string
  /** For `server.listen()`. */
  readonly listenable: () => Socket | { readonly fd: number }
}

/**
 * @param fd descriptor of a bound socket
 * @param path of a Unix socket; undefined for TCP
 */
export function slotSocket(fd: number, path?: string): SlotSocket {
  let asked: Socket | undefined
  return {
    address() {
      if (path !== undefined) return path
      // Opens a handle and reads nothing. The server takes it over, so that the descriptor has one owner.
      asked ??= new Socket({ fd, readable: false, writable: false })
      return asked.address() as AddressInfo
    },
    listenable: () => asked ?? { fd },
  }
}
