/** The mark on a listener that is to run as a task: set by `deferred()`, seen by whoever loads or calls listeners. */
import type { Listener, ListenerObject } from '../listener.ts'

/** A symbol all copies of this module share: user code may have been loaded by another one. */
const DEFERRED = Symbol.for('tsrv.deferred')

export interface Deferral {
  /** What runs in the task worker. */
  readonly listener: Listener | ListenerObject
  /** Name of the service it is, once the container has made it. */
  service?: string
}

export function markDeferred(listener: Listener, deferral: Deferral): void {
  Object.defineProperty(listener, DEFERRED, { value: deferral })
}

/** What is behind a deferred listener; undefined for anything else. */
export function deferralOf(value: unknown): Deferral | undefined {
  return typeof value === 'function' ? (value as { [DEFERRED]?: Deferral })[DEFERRED] : undefined
}

/** The listener itself, to be run and not to be queued again. */
export function undecorated(value: unknown): unknown {
  return deferralOf(value)?.listener ?? value
}
