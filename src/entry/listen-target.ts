/** Where the configuration wants the server to listen. */
import path from 'node:path'
import type { Config } from '../config/config.ts'
import type { ListenTarget } from '../supervisor/listen-target.ts'

/** A name that begins with `@` is one of the abstract namespace (Linux), which has no file. */
export function listenTargetOf({ host, port, socket, root }: Config): ListenTarget {
  if (socket === undefined) return { host, port }
  return { path: socket.startsWith('@') ? `\0${socket.slice(1)}` : path.resolve(root, socket) }
}
