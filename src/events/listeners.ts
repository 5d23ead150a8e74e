/** From `listeners` of the config to registered listeners; whatever is wrong is named by event and entry. */
import { messageOf, TsrvError } from '../errors.ts'
import type { ServerRole, ServiceLookup } from '../server.ts'
import { isClass } from '../util/is-class.ts'
import { isModuleEntry, loadExport } from '../util/load-module.ts'
import { EVENTS, findEvent } from './catalogue.ts'
import { deferralOf, undecorated } from './deferred-mark.ts'
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

export interface LoadListenersOptions {
  readonly listeners: Readonly<Record<string, ListenerList>>
  /** Folder that paths are relative to. */
  readonly root: string
  /** What this process or thread is; both in a test, where one thread is all there is. */
  readonly roles: readonly ServerRole[]
  /** Where listeners that are not modules come from: the container. */
  readonly services: ServiceLookup
  readonly dispatcher: EventDispatcher
  /** Makes the listener that queues a deferred entry instead of running it. */
  readonly defer: (event: string, entry: ListenerEntry, type: EventClass) => Listener
}

/** Loads and registers, in the order of the config, the listeners of the events that occur here. */
export async function loadListeners(options: LoadListenersOptions): Promise<void> {
  for (const [event, list] of Object.entries(options.listeners)) {
    const type = await eventClass(event, options)
    if (type === undefined) continue
    const deferred = new Set<Listener>()
    for (const entry of list.entries) {
      // Also a deferred listener is loaded here: the boot must fail now when it is missing, not at the first event.
      const { listener, isMarked } = await findListener(event, entry.listener, options)
      const isDeferred = entry.deferred || isMarked
      // Deferring makes a new function each time; the same listener deferred twice must stay one task.
      if (isDeferred && deferred.has(listener)) continue
      if (isDeferred) deferred.add(listener)
      options.dispatcher.on(type, isDeferred ? options.defer(event, entry, type) : listener)
    }
  }
}

type Sources = Pick<LoadListenersOptions, 'root' | 'services'>

/**
 * The listener behind an entry, to be run: also of one that is deferred.
 *
 * @throws TsrvError TSRV_LISTENER_MISSING or TSRV_LISTENER_INVALID
 */
export async function loadListener(event: string, entry: string, sources: Sources): Promise<Listener> {
  return (await findListener(event, entry, sources)).listener
}

interface FoundListener {
  readonly listener: Listener
  /** `deferred()` made it. */
  readonly isMarked: boolean
}

async function findListener(event: string, entry: string, sources: Sources): Promise<FoundListener> {
  const loaded = await load(event, entry, sources)
  const isMarked = deferralOf(loaded) !== undefined
  return { listener: await asListener(undecorated(loaded), entry, event), isMarked }
}

async function load(event: string, entry: string, { root, services }: Sources): Promise<unknown> {
  if (isModuleEntry(entry)) {
    return made(entry, event, () => loadExport(entry, root, `listener of ${event}`))
  }
  if (!services.has(entry)) {
    const reason = 'the container has no such service; a file path starts with "./", a package with "pkg:"'
    throw new TsrvError('LISTENER_MISSING', { entry, event, reason })
  }
  return made(entry, event, async () => services.get(entry))
}

/** Runs code of the user that loads or makes a listener, so that what it throws says which one. */
async function made<T>(entry: string, event: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    throw new TsrvError('LISTENER_MISSING', { entry, event, reason: messageOf(error) }, { cause: error })
  }
}

/** The class behind a key of `listeners`; undefined when it does not occur here. */
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
  const occursIn: readonly ServerRole[] = row.runsIn
  return options.roles.some((role) => occursIn.includes(role)) ? row.type : undefined
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
