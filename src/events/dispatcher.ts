/**
 * Ordered, awaited dispatch of typed events to the listeners of their class and its base classes. The same
 * dispatcher serves the server's events and the user's own.
 */
import { messageOf, TsrvError } from '../errors.ts'
import type { EventClass, Events, Listener, ListenerObject } from '../listener.ts'

export type { EventClass, Listener }

/** An event with a truthy `propagationStopped` reaches no further listener (PSR-14's stoppable event). */
interface Stoppable {
  readonly propagationStopped?: boolean
}

export interface DispatchOptions {
  /** Sees what each listener returned; a promise of its own is awaited before the next one is called. */
  onReturn?(value: unknown): unknown
  /** Given, a throwing listener is reported here and the rest run; otherwise the throw ends the dispatch. */
  onError?(error: unknown): void
}

interface Registration {
  readonly type: EventClass
  readonly listener: AnyListener
}

type AnyListener = Listener | ListenerObject

export class EventDispatcher implements Events {
  readonly #registrations: Registration[] = []
  readonly #listenersOf = new Map<unknown, readonly AnyListener[]>()

  /**
   * Adds a listener for a class and its subclasses. Adding the same listener to one event again changes nothing.
   *
   * @example dispatcher.on(UserCreated, (event) => sendWelcome(event.email))
   */
  on<Event extends object>(type: EventClass<Event>, listener: Listener<Event> | ListenerObject<Event>): void {
    this.#registrations.push({ type, listener: listener as AnyListener })
    this.#listenersOf.clear()
  }

  hasListeners(type: EventClass): boolean {
    return this.#find(type).length > 0
  }

  /**
   * Calls the listeners in the order they were added, each awaited.
   *
   * @returns the event itself
   * @throws whatever a listener throws, unless `onError` is given
   */
  async dispatch<Event extends object>(event: Event, options: DispatchOptions = {}): Promise<Event> {
    for (const listener of this.#find(classOf(event))) {
      if (isStopped(event)) break
      try {
        const returned = call(listener, event)
        // Awaited on a line of its own: as an argument of `onReturn?.()` it would not be when there is none.
        const value = isThenable(returned) ? await returned : returned
        const seen = options.onReturn?.(value)
        if (isThenable(seen)) await seen
      } catch (error) {
        if (options.onError === undefined) throw error
        options.onError(error)
      }
    }
    return event
  }

  /** Nothing stops it halfway, because all listeners have been called before the first one can say so. */
  async collect<Result = unknown>(event: object): Promise<Result[]> {
    if (isStopped(event)) return []
    const listeners = this.#find(classOf(event))
    const outcomes = await Promise.allSettled(listeners.map(async (listener) => call(listener, event)))
    const errors = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) {
      const reasons = errors.map((error) => messageOf(error)).join('; ')
      const details = { event: event.constructor.name, count: errors.length, reasons }
      throw new TsrvError('LISTENERS_FAILED', details, { cause: new AggregateError(errors) })
    }
    return outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value as Result] : []))
  }

  #find(type: EventClass | undefined): readonly AnyListener[] {
    if (type === undefined) return []
    const known = this.#listenersOf.get(type)
    if (known !== undefined) return known
    const matching = this.#registrations.filter(
      (one) => type === one.type || type.prototype instanceof one.type,
    )
    const listeners = [...new Set(matching.map((one) => one.listener))]
    this.#listenersOf.set(type, listeners)
    return listeners
  }
}

/** Objects without a prototype, as parsers make them, have no class. */
function classOf(event: object): EventClass | undefined {
  return (Object.getPrototypeOf(event) as { constructor: EventClass } | null)?.constructor
}

function isStopped(event: Stoppable): boolean {
  return event.propagationStopped === true
}

function call(listener: AnyListener, event: object): unknown {
  return typeof listener === 'function' ? listener(event) : listener.handle(event)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
