/**
 * Deferred listeners: dispatching the event queues a task, and the task worker runs the very listener, found by
 * its service name or by event key and entry, not by dispatching again, so no second task can come of it.
 */
import { TsrvError } from '../../errors.ts'
import { findEvent } from '../../events/catalogue.ts'
import { type Deferral, deferralOf, markDeferred } from '../../events/deferred-mark.ts'
import type { EventClass, Listener } from '../../events/dispatcher.ts'
import { type ListenerEntry, loadListener } from '../../events/listeners.ts'
import type { TaskEvent } from '../../events/task-events.ts'
import type { ListenerObject } from '../../listener.ts'
import { server, type Server, type ServiceLookup } from '../../server.ts'
import { isModuleEntry } from '../../util/load-module.ts'
import type { Tags } from '../../wire/tags.ts'
import { ServiceBasedTask, Task } from './task-objects.ts'

/** A listener that queues. It can be called, registered, and made by a factory of the container. */
export type DeferredListener<Event extends object> = Listener<Event> & ListenerObject<Event>

/**
 * Makes a listener that runs as a task: whoever calls it with an event queues a task, and the task worker runs
 * `listener` with that event. The config does the same with `{ listener, deferred: true }`, without this import.
 *
 * @param listener a function or an object with `handle(event)`: made by a factory of the container, named as a
 *   listener in the config, or a function exported by a file of `tasks.modules`. Anything else is returned as it is.
 * @throws TsrvError when it is called: TSRV_LISTENER_NOT_DEFERRABLE for an object that is none of these, else as
 *   `server.task()`
 * @example
 * // container.ts
 * export default { welcomeMailer: ({ mailer }) => deferred(new WelcomeMailer(mailer)) }
 * // anywhere: queues a ServiceBasedTask
 * server.events.on(UserCreated, welcomeMailer)
 */
export function deferred<Event extends object>(
  listener: Listener<Event> | ListenerObject<Event>,
): DeferredListener<Event> {
  if (!isListener(listener)) return listener as DeferredListener<Event>
  const deferral: Deferral = { listener: listener as Listener | ListenerObject }
  const queue = (event: Event): void => {
    server.task(taskOf(deferral, event))
  }
  markDeferred(queue as Listener, deferral)
  return Object.assign(queue, { handle: queue })
}

/** For the container: a deferred listener that is a service is run under the name of that service. */
export function nameDeferred(service: string, made: unknown): void {
  const deferral = deferralOf(made)
  if (deferral !== undefined) deferral.service ??= service
}

/** The task that a deferred listener of a module becomes. */
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
    const taskFor = isModuleEntry(entry)
      ? (dispatched: object) => new DeferredCall(event, entry, dispatched)
      : (dispatched: object) => new ServiceBasedTask(entry, dispatched)
    return (dispatched) => void server.task(taskFor(dispatched))
  }
}

/** Shipped listener of TaskEvent: runs the listener a DeferredCall names. */
export function deferredCallListener(root: string, services: ServiceLookup): Listener<TaskEvent> {
  return async (event) => {
    if (!(event.data instanceof DeferredCall)) return
    const { key, listener, event: dispatched } = event.data
    const run = await loadListener(key, listener, { root, services })
    event.returnValue = await run(dispatched)
    event.taskProcessingComplete()
  }
}

function taskOf({ listener, service }: Deferral, event: object): object {
  if (service !== undefined) return new ServiceBasedTask(service, event)
  if (typeof listener === 'function') return new Task(listener, event)
  const reason =
    'the task worker could not find it: make it a service of the container, name it as a listener in the config, or export a function from a file of tasks.modules'
  const entry = listener.constructor.name
  throw new TsrvError('LISTENER_NOT_DEFERRABLE', { entry, event: event.constructor.name, reason })
}

function isListener(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null
  return typeof value === 'function' || (isObject && typeof Reflect.get(value, 'handle') === 'function')
}
