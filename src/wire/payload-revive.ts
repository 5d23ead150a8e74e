/**
 * The way back from marked records to values. Every object is registered before its contents are revived, in the
 * order in which the walk numbered them: references count on it.
 */
import { TsrvError } from '../errors.ts'
import { ERROR_CLASSES, type ErrorClassName } from './error-classes.ts'
import { emptyError } from './payload-errors.ts'
import { MARK, type Marked, VIEWS } from './payload-marks.ts'
import type { Tags } from './tags.ts'

/** @throws TsrvError TSRV_TASK_TYPE_UNKNOWN when a tag has no class or function here */
export function revive(value: unknown, tags: Tags): unknown {
  const isGraph = typeof value === 'object' && value !== null && (value as Partial<Marked>)[MARK] === 'graph'
  return isGraph ? inner((value as Marked).v, { tags, met: [] }) : inner(value, { tags, met: undefined })
}

interface Revival {
  readonly tags: Tags
  /** The objects by their numbers; without references nobody asks for them. */
  readonly met: unknown[] | undefined
}

/** `value` is fresh from the decoder, so it may be changed in place. */
function inner(value: unknown, revival: Revival): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    revival.met?.push(value)
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (typeof item === 'object' && item !== null) value[index] = inner(item, revival)
    }
    return value
  }
  const record = value as Record<string, unknown>
  if (typeof record[MARK] === 'string') return reviveMarked(record as unknown as Marked, revival)
  revival.met?.push(record)
  for (const key of Object.keys(record)) {
    const field = record[key]
    if (typeof field === 'object' && field !== null) record[key] = inner(field, revival)
  }
  return record
}

function reviveMarked(marked: Marked, revival: Revival): unknown {
  const { [MARK]: mark, n: tag = '', v } = marked
  switch (mark) {
    case 'ref':
      return revival.met?.[v as number]
    case 'function':
      return known(tag, 'function', revival)
    case 'BigInt':
      return BigInt(v as string)
    case 'Number':
      return Number(v)
    case 'String':
      return (v as number[]).map((unit) => String.fromCharCode(unit)).join('')
    case 'json':
      return reviveJson(marked, revival)
    default:
      return reviveObject(marked, revival)
  }
}

/** The one kind of object that can only be made once its contents are there; the walk lets none refer to it. */
function reviveJson({ n: tag = '', v }: Marked, revival: Revival): unknown {
  const type = known(tag, 'class', revival) as { fromJSON(json: unknown): unknown }
  const number = revival.met?.push(undefined)
  const value = type.fromJSON(inner(v, revival))
  if (revival.met !== undefined && number !== undefined) revival.met[number - 1] = value
  return value
}

function reviveObject(marked: Marked, revival: Revival): unknown {
  const { [MARK]: mark, n: tag = '', v } = marked
  switch (mark) {
    case 'Object':
      return fill(met({}, revival), marked, revival)
    case 'null':
      return fill(met(Object.create(null) as object, revival), v, revival)
    case 'class': {
      const { prototype } = known(tag, 'class', revival) as { prototype: object }
      return fill(met(Object.create(prototype) as object, revival), v, revival)
    }
    case 'Array':
      return reviveSparse(v as [number, ...unknown[]], revival)
    case 'Map':
      return reviveMap(met(new Map(), revival), v as unknown[], revival)
    case 'Set':
      return reviveSet(met(new Set(), revival), v as unknown[], revival)
    case 'Error':
      return reviveError(ERROR_CLASSES[tag as ErrorClassName].prototype, marked, revival)
    case 'class error':
      return reviveError((known(tag, 'class', revival) as { prototype: object }).prototype, marked, revival)
    default:
      return met(reviveLeaf(mark, v, revival), revival)
  }
}

function met<Value>(value: Value, { met }: Revival): Value {
  met?.push(value)
  return value
}

// Fields are defined, not assigned: a setter of the class is code, and receiving data must not run any.
function fill<Target extends object>(
  target: Target,
  fields: unknown,
  revival: Revival,
  enumerable = true,
): Target {
  for (const [key, field] of fieldsOf(fields, revival)) {
    const value = inner(field, revival)
    Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
  }
  return target
}

/** Fields as the walk wires them: a record, or, when its keys could be mistaken, keys and values in turn. */
function fieldsOf(fields: unknown, revival: Revival): Iterable<[string, unknown]> {
  const { [MARK]: mark, v } = fields as Marked
  return mark === 'Object' ? keyed(v as unknown[], revival) : Object.entries(fields as object)
}

function* keyed(flat: readonly unknown[], revival: Revival, from = 0): Generator<[string, unknown]> {
  for (let index = from; index < flat.length; index += 2) {
    yield [inner(flat[index], revival) as string, flat[index + 1]]
  }
}

/** `[length, key, item, key, item …]` */
function reviveSparse(flat: readonly unknown[], revival: Revival): unknown[] {
  const array = met<unknown[]>([], revival)
  array.length = flat[0] as number
  for (const [key, item] of keyed(flat, revival, 1)) Reflect.set(array, key, inner(item, revival))
  return array
}

function reviveMap(map: Map<unknown, unknown>, flat: readonly unknown[], revival: Revival): object {
  for (let index = 0; index < flat.length; index += 2) {
    const key = inner(flat[index], revival)
    map.set(key, inner(flat[index + 1], revival))
  }
  return map
}

function reviveSet(set: Set<unknown>, items: readonly unknown[], revival: Revival): object {
  for (const item of items) set.add(inner(item, revival))
  return set
}

function reviveError(prototype: object, { v }: Marked, revival: Revival): Error {
  const [{ name, message, ...hidden }, fields] = v as [Record<string, unknown>, unknown]
  if (ERROR_CLASSES.DOMException.prototype === prototype || prototype instanceof DOMException) {
    // Its name and message can be set by its constructor alone.
    const error = new DOMException(inner(message, revival) as string, inner(name, revival) as string)
    met(Object.setPrototypeOf(error, prototype), revival)
    return fill(fill(error, hidden, revival, false), fields, revival)
  }
  const error = met(emptyError(prototype), revival)
  const texts = { ...(name !== undefined && { name }), ...(message !== undefined && { message }) }
  return fill(fill(error, { ...texts, ...hidden }, revival, false), fields, revival)
}

function reviveLeaf(mark: string, v: unknown, revival: Revival): object {
  switch (mark) {
    case 'RegExp': {
      const [source, flags] = v as [unknown, string]
      return new RegExp(inner(source, revival) as string, flags)
    }
    case 'URL':
      return new URL(v as string)
    case 'URLSearchParams':
      return new URLSearchParams(v as string)
    case 'Headers':
      return new Headers(v as [string, string][])
    case 'box':
      return Object(inner(v, revival)) as object
    case 'ArrayBuffer':
      return reviveBuffer(...(v as [Uint8Array, number?]))
    case 'Buffer':
      return Buffer.from(ownBytes(v as Uint8Array).buffer)
    default:
      break
  }
  const view = Object.hasOwn(VIEWS, mark) ? VIEWS[mark] : undefined
  if (view === undefined) throw new TsrvError('TASK_TYPE_UNKNOWN', { kind: 'type', tag: mark })
  return new view(ownBytes(v as Uint8Array).buffer)
}

function reviveBuffer(bytes: Uint8Array, maxByteLength?: number): ArrayBuffer {
  if (maxByteLength === undefined) return ownBytes(bytes).buffer
  const buffer = new ArrayBuffer(bytes.length, { maxByteLength })
  new Uint8Array(buffer).set(bytes)
  return buffer
}

/** Not a view into the message, which would keep all of it in memory. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

function known(tag: string, kind: 'class' | 'function', { tags }: Revival): unknown {
  const exported = tags.exportOf(tag)
  if (typeof exported !== 'function') throw new TsrvError('TASK_TYPE_UNKNOWN', { kind, tag })
  return exported
}
