/** From `listeners` of the config to registered listeners; whatever is wrong is named by event and entry. */
import { messageOf, TsrvError } from '../errors.ts'
import type { ServerRole } from '../server.ts'
import { isClass } from '../util/is-class.ts'
import { isModuleEntry, loadExport } from '../util/load-module.ts'
import { EVENTS, findEvent } from './catalogue.ts'
import type { EventClass, EventDispatcher, Listener } from './dispatcher.ts'

interface ListenerList {
  /** Drop the shipped listeners of the event. */
  readonly replace: boolean
  readonly entries: readonly ListenerEntry[]
}

export interface ListenerEntry {
  readonly listener: string
  readonly deferred: boolean
}

/** Where listeners that are not modules come from: the container. */
export interface ServiceLookup {
  has(name: string): boolean
  get(name: string): unknown
}

export interface LoadListenersOptions {
  readonly listeners: Readonly<Record<string, ListenerList>>
  /** Folder that paths are relative to. */
  readonly root: string
  readonly role: ServerRole
  readonly services: ServiceLookup
  readonly dispatcher: EventDispatcher
  /** Makes the listener that queues a deferred entry instead of running it. */
  readonly defer: (event: string, entry: ListenerEntry, type: EventClass) => Listener
}

/** Loads and registers, in the order of the config, the listeners of the events that occur in this role. */
export async function loadListeners(options: LoadListenersOptions): Promise<void> {
  for (const [event, list] of Object.entries(options.listeners)) {
    const type = await eventClass(event, options)
    if (type === undefined) continue
    const deferred = new Set<Listener>()
    for (const entry of list.entries) {
      // Also a deferred listener is loaded here: the boot must fail now when it is missing, not at the first event.
      const listener = await loadListener(event, entry.listener, options)
      // Deferring makes a new function each time; the same listener deferred twice must stay one task.
      if (entry.deferred && deferred.has(listener)) continue
      if (entry.deferred) deferred.add(listener)
      options.dispatcher.on(type, entry.deferred ? options.defer(event, entry, type) : listener)
    }
  }
}

/** @throws TsrvError TSRV_LISTENER_MISSING or TSRV_LISTENER_INVALID */
export async function loadListener(
  event: string,
  entry: string,
  { root, services }: Pick<LoadListenersOptions, 'root' | 'services'>,
): Promise<Listener> {
  if (isModuleEntry(entry)) {
    const loaded = await loadExport(entry, root, `listener of ${event}`).catch((error: unknown) => {
      throw new TsrvError('LISTENER_MISSING', { entry, event, reason: messageOf(error) }, { cause: error })
    })
    return asListener(loaded, entry, event)
  }
  if (!services.has(entry)) {
    const reason = 'the container has no such service; a file path starts with "./", a package with "pkg:"'
    throw new TsrvError('LISTENER_MISSING', { entry, event, reason })
  }
  const service = await made(entry, event, async () => services.get(entry))
  return asListener(service, entry, event)
}

/** Runs code of the user that makes a listener, so that what it throws says which one. */
async function made<T>(entry: string, event: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    throw new TsrvError('LISTENER_MISSING', { entry, event, reason: messageOf(error) }, { cause: error })
  }
}

/** The class behind a key of `listeners`; undefined when it does not occur in this role. */
async function eventClass(event: string, options: LoadListenersOptions): Promise<EventClass | undefined> {
  if (isModuleEntry(event)) {
    const loaded = await loadExport(event, options.root, 'event class').catch((error: unknown) => {
      throw new TsrvError(
        'EVENT_UNKNOWN',
        { event, expected: `a class (${messageOf(error)})` },
        { cause: error },
      )
    })
    if (typeof loaded === 'function') return loaded as unknown as EventClass
    throw new TsrvError('EVENT_UNKNOWN', { event, expected: 'an exported class, named by path#Export' })
  }
  const row = findEvent(event)
  if (row === undefined) {
    const expected = `one of ${Object.keys(EVENTS).join(', ')}, or a class as ./path.ts#Export`
    throw new TsrvError('EVENT_UNKNOWN', { event, expected })
  }
  return row.runsIn.includes(options.role) ? row.type : undefined
}

// The same object or class listed twice must stay one listener, so what is made of it is made once.
const listenerOf = new WeakMap<object, Listener>()

async function asListener(loaded: unknown, entry: string, event: string): Promise<Listener> {
  if (typeof loaded === 'function' && !isClass(loaded)) return loaded as Listener
  const isUsable = isClassWithHandle(loaded) || hasHandle(loaded)
  if (!isUsable) throw new TsrvError('LISTENER_INVALID', { entry, event, received: describe(loaded) })
  const known = listenerOf.get(loaded)
  if (known !== undefined) return known
  const handler = isClassWithHandle(loaded) ? await made(entry, event, async () => new loaded()) : loaded
  const listener: Listener = (one) => handler.handle(one)
  listenerOf.set(loaded, listener)
  return listener
}

interface Handler {
  handle: Listener
}

function hasHandle(value: unknown): value is Handler {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { handle?: unknown }).handle === 'function'
  )
}

function isClassWithHandle(value: unknown): value is new () => Handler {
  return (
    isClass(value) && typeof (value as { prototype: { handle?: unknown } }).prototype.handle === 'function'
  )
}

function describe(value: unknown): string {
  if (value === undefined) return 'no such export'
  if (value === null) return 'null'
  if (isClass(value)) return `the class ${(value as { name: string }).name} without handle()`
  return typeof value === 'object' ? 'an object without handle()' : `a ${typeof value}`
}
