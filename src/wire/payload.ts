/**
 * User data <-> bytes. A copy-on-write walk names what cannot travel by its path and marks what msgpack does
 * not know (classes, Map, Error …); plain data is packed as it is. Only sender and task worker decode.
 */
import { Packr } from 'msgpackr/pack'
import { TsrvError } from '../errors.ts'
import { asPlain, HIDDEN_IN_ERRORS, MARK, type Marked, revive } from './payload-types.ts'
import type { Tags } from './tags.ts'

/** What is being packed, for the error message. */
export type PayloadKind = 'task data' | 'return value'

// Deeper nesting is a mistake far more often than data, and the packer recurses: refuse before the stack does.
const DEEPEST = 1000

const packr = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true })

/**
 * Packs `value` into bytes of exactly their size (a pooled view would drag its whole slab through every clone).
 *
 * @throws TsrvError TSRV_TASK_NOT_SERIALISABLE naming the first value that cannot travel and its path
 */
export function encodePayload(value: unknown, tags: Tags, kind: PayloadKind = 'task data'): Uint8Array {
  const walk: Walk = { tags, kind, open: new Set() }
  return new Uint8Array(packr.pack(isDeep(value) ? toWire(value, '$', walk) : value))
}

/** @throws TsrvError TSRV_TASK_TYPE_UNKNOWN when a tag has no class or function here */
export function decodePayload(bytes: Uint8Array, tags: Tags): unknown {
  return revive(packr.unpack(bytes), tags)
}

interface Walk {
  readonly tags: Tags
  readonly kind: PayloadKind
  /** Ancestors of the value being walked: meeting one again is a cycle. */
  readonly open: Set<object>
}

function toWire(value: unknown, path: string, walk: Walk): unknown {
  if (typeof value === 'bigint') return { [MARK]: 'BigInt', v: value.toString() }
  if (typeof value === 'number') return { [MARK]: 'Number', v: '-0' }
  if (typeof value === 'string') return { [MARK]: 'String', v: codeUnitsOf(value) }
  if (typeof value === 'symbol') throw refuse(`a symbol`, path, walk)
  if (typeof value === 'function') return functionToWire(value, path, walk)
  if (typeof value !== 'object' || value === null) return value
  if (walk.open.has(value)) throw refuse('a cycle', path, walk)
  if (walk.open.size > DEEPEST) throw refuse(`nesting deeper than ${DEEPEST}`, path, walk)
  walk.open.add(value)
  try {
    return objectToWire(value, path, walk)
  } finally {
    walk.open.delete(value)
  }
}

function functionToWire(value: object, path: string, walk: Walk): Marked {
  const tag = walk.tags.tagOf(value)
  if (tag === undefined) {
    const remedy = ' Export it from a file matched by tasks.modules, or send plain data.'
    throw refuse('a function', path, walk, remedy)
  }
  return { [MARK]: 'function', n: tag }
}

function objectToWire(value: object, path: string, walk: Walk): unknown {
  if (Array.isArray(value)) return arrayToWire(value, path, walk)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) {
    return plainToWire(value as Record<string, unknown>, path, walk)
  }
  // Of the prototype: an own key "constructor" is data and must not choose a class.
  const constructor = (prototype as { constructor?: unknown }).constructor
  const tag = typeof constructor === 'function' ? walk.tags.tagOf(constructor) : undefined
  if (tag !== undefined) return instanceToWire(value, constructor as object, tag, path, walk)
  const known = asPlain(value)
  if (known !== undefined) {
    return 'v' in known ? { ...known, v: walkInner(known.v, `${path}.<${known[MARK]}>`, walk) } : known
  }
  if (value instanceof Date) return value
  const name = typeof constructor === 'function' ? constructor.name : ''
  const found =
    name === '' ? 'an object of an unnamed class' : `an instance of the unregistered class ${name}`
  throw refuse(
    found,
    path,
    walk,
    ` Export the class from a file matched by tasks.modules, or send plain data.`,
  )
}

function walkInner(value: unknown, path: string, walk: Walk): unknown {
  return isDeep(value) && !(value instanceof Uint8Array) ? toWire(value, path, walk) : value
}

function arrayToWire(value: readonly unknown[], path: string, walk: Walk): readonly unknown[] {
  let copy: unknown[] | undefined
  for (let index = 0; index < value.length; index++) {
    const item = value[index]
    if (!isDeep(item)) continue
    const wired = toWire(item, `${path}[${index}]`, walk)
    if (wired !== item) (copy ??= value.slice())[index] = wired
  }
  return copy ?? value
}

function plainToWire(value: Record<string, unknown>, path: string, walk: Walk): unknown {
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw refuse('the key "__proto__"', path, walk)
    if (!key.isWellFormed()) throw refuse(`the key ${JSON.stringify(key)}, half of a character`, path, walk)
    const item = value[key]
    if (!isDeep(item)) continue
    const wired = toWire(item, `${path}${accessor(key)}`, walk)
    if (wired !== item) (copy ??= { ...value })[key] = wired
  }
  // The packer tells plain objects by `constructor`; of others it would call what they have as `toJSON`.
  const plain = copy ?? (Object.getPrototypeOf(value) === null ? { ...value } : value)
  const isAmbiguous = Object.hasOwn(value, MARK) || Object.hasOwn(value, 'constructor')
  // Data from outside must not be able to name a class: an object that holds the mark travels as its entries.
  return isAmbiguous ? { [MARK]: 'Object', v: Object.entries(plain) } : plain
}

function instanceToWire(value: object, type: object, tag: string, path: string, walk: Walk): Marked {
  if (typeof (type as { fromJSON?: unknown }).fromJSON === 'function' && 'toJSON' in value) {
    const json = (value as { toJSON(): unknown }).toJSON()
    return { [MARK]: 'json', n: tag, v: walkInner(json, `${path}.toJSON()`, walk) }
  }
  const builtIn = value instanceof Error ? undefined : asPlain(value)?.[MARK]
  if (builtIn !== undefined || value instanceof Date) {
    const remedy = ' Give the class toJSON() and static fromJSON().'
    const found = `an instance of ${typeName(type)}, whose contents the built-in ${builtIn ?? 'Date'} hides,`
    throw refuse(found, path, walk, remedy)
  }
  // Walked like any plain object, so that a field that holds the mark key cannot name another class.
  const fields = plainToWire(value instanceof Error ? withHidden(value) : { ...value }, path, walk)
  return { [MARK]: 'class', n: tag, v: fields }
}

/** What an error keeps out of its own enumerable fields. */
function withHidden(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.fromEntries(Object.entries(error))
  for (const key of HIDDEN_IN_ERRORS) if (Object.hasOwn(error, key)) fields[key] = error[key]
  return fields
}

/** Whether msgpack alone would not do: also -0 and halves of surrogate pairs, which it would change. */
function isDeep(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return !value.isWellFormed()
    case 'number':
      return Object.is(value, -0)
    case 'object':
      return value !== null
    case 'function':
    case 'symbol':
    case 'bigint':
      return true
    case 'boolean':
    case 'undefined':
      return false
    default:
      return false
  }
}

function codeUnitsOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
}

function typeName(type: object): string {
  return (type as { name?: string }).name ?? 'a class'
}

function accessor(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function refuse(found: string, path: string, walk: Walk, remedy = ''): TsrvError {
  return new TsrvError('TASK_NOT_SERIALISABLE', { what: walk.kind, found, path, remedy })
}
