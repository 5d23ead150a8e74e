/**
 * Ordered, awaited dispatch of typed events to the listeners of their class and its base classes. The same
 * dispatcher serves the server's events and the user's own.
 */

/** A function, or an object with `handle(event)`. What it returns matters for `TaskEvent` only. */
export type Listener<Event extends object = object> = (event: Event) => unknown

// oxlint-disable-next-line typescript/no-explicit-any -- only `any[]` accepts every constructor's parameters
export type EventClass<Event extends object = object> = abstract new (...parameters: any[]) => Event

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
  readonly listener: Listener
}

export class EventDispatcher {
  readonly #registrations: Registration[] = []
  readonly #listenersOf = new Map<unknown, readonly Listener[]>()

  /**
   * Adds a listener for a class and its subclasses. Adding the same listener to one event again changes nothing.
   *
   * @example dispatcher.on(UserCreated, (event) => sendWelcome(event.email))
   */
  on<Event extends object>(type: EventClass<Event>, listener: Listener<Event>): void {
    this.#registrations.push({ type, listener: listener as Listener })
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
    for (const listener of this.#find(event.constructor as EventClass)) {
      if ((event as Stoppable).propagationStopped === true) break
      try {
        const returned = listener(event)
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

  #find(type: EventClass): readonly Listener[] {
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

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
