/** Listening sockets that nobody accepts from as the worker of their slot, and that others therefore adopt. */
import type { SocketHandle } from './bind.ts'

export interface Orphan {
  readonly socket: SocketHandle
  /** The same for the same socket, and for no other. */
  readonly key: string
}

/** Whether a worker of the slot, of this generation or a later one, accepts its connections. */
export type IsServed = (slot: number, since: number) => boolean
