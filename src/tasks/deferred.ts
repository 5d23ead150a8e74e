/**
 * Deferred listeners: dispatching the event queues a task, and the task worker runs the very listener, found by
 * event key and entry, not by dispatching again, so no second task can come of it.
 */
import { TsrvError } from '../errors.ts'
import { findEvent } from '../events/catalogue.ts'
import type { EventClass, Listener } from '../events/dispatcher.ts'
import { type ListenerEntry, loadListener, type ServiceLookup } from '../events/listeners.ts'
import type { TaskEvent } from '../events/task-events.ts'
import type { Server } from '../server.ts'
import type { Tags } from '../wire/tags.ts'

/** The task that a deferred listener becomes. */
export class DeferredCall {
  static readonly taskName = 'tsrv:DeferredCall'
  /** Key under `listeners`. */
  readonly key: string
  readonly listener: string
  readonly event: object

  constructor(key: string, listener: string, event: object) {
    this.key = key
    this.listener = listener
    this.event = event
  }

  toJSON(): object {
    return { handler: this.listener, arguments: [this.event] }
  }
}

/**
 * Makes the listener that queues instead of running.
 *
 * @throws TsrvError TSRV_LISTENER_NOT_DEFERRABLE for events whose objects cannot travel
 */
export function deferring(server: Server, tags: Tags) {
  return (event: string, { listener: entry }: ListenerEntry, type: EventClass): Listener => {
    if (findEvent(event) !== undefined) {
      const reason = 'the event carries live objects of this process, such as server and request'
      throw new TsrvError('LISTENER_NOT_DEFERRABLE', { entry, event, reason })
    }
    if (tags.tagOf(type) === undefined) {
      const reason = `the class ${type.name} is not exported by a file of tasks.modules, so it cannot travel`
      throw new TsrvError('LISTENER_NOT_DEFERRABLE', { entry, event, reason })
    }
    return (dispatched) => void server.task(new DeferredCall(event, entry, dispatched))
  }
}

/** Shipped listener of TaskEvent: runs the listener a DeferredCall names. */
export function deferredCallListener(root: string, services: ServiceLookup): Listener<TaskEvent> {
  return async (event) => {
    if (!(event.data instanceof DeferredCall)) return
    const { key, listener, event: deferred } = event.data
    const run = await loadListener(key, listener, { root, services })
    event.returnValue = await run(deferred)
    event.taskProcessingComplete()
  }
}
