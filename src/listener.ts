/** Events as user code sees them: what a listener is, and how events of its own are dispatched. */

/** A function called with an event. What it returns counts for `TaskEvent` and `events.collect()` only. */
export type Listener<Event extends object = object> = (event: Event) => unknown

/** The other form of a listener: an object (a service, say) with a method of this name. */
export interface ListenerObject<Event extends object = object> {
  handle(event: Event): unknown
}

// oxlint-disable-next-line typescript/no-explicit-any -- only `any[]` accepts every constructor's parameters
export type EventClass<Event extends object = object> = abstract new (...parameters: any[]) => Event

/** Events of your own classes: any object of a class is one, it needs no base class. */
export interface Events {
  /**
   * Adds a listener for a class and its subclasses, in this process or thread. The same listener twice counts once.
   * Listeners named in the config are added in every process.
   *
   * @example server.events.on(UserCreated, (event) => sendWelcome(event.email))
   */
  on<Event extends object>(type: EventClass<Event>, listener: Listener<Event> | ListenerObject<Event>): void

  /**
   * Calls the listeners one after the other, each awaited, until one has set `event.propagationStopped` to true.
   *
   * @returns the event itself, as its listeners have left it
   * @throws what the first listener throws that does; the ones after it do not run
   * @example const { allowed } = await server.events.dispatch(new SignUp(email))
   */
  dispatch<Event extends object>(event: Event): Promise<Event>

  /**
   * Calls all listeners at once and waits for all of them.
   *
   * @returns what each of them returned, in the order they were added
   * @throws when all are done: the error of the one that threw; `TSRV_LISTENERS_FAILED` when several did
   * @example const hints = await server.events.collect<string>(new HintsWanted(page))
   */
  collect<Result = unknown>(event: object): Promise<Result[]>
}
