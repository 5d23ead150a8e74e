/** The built-in types msgpack does not know, as marked records, and the way back from marked records to values. */
import { errorFromWire, errorToWire, TsrvError, type WireError } from '../errors.ts'
import type { Tags } from './tags.ts'

/** The key that marks a record as "not plain data". Plain objects that hold it are escaped by the walk. */
export const MARK = '\u0000'

export interface Marked {
  readonly [MARK]: string
  /** Tag of a class or function. */
  readonly n?: string
  readonly v?: unknown
}

const TYPED_ARRAYS = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const

/** The marked record of a built-in value, its contents not yet walked; undefined when it is of no such type. */
export function asPlain(value: object): Marked | undefined {
  if (value instanceof Map) return { [MARK]: 'Map', v: [...value] }
  if (value instanceof Set) return { [MARK]: 'Set', v: [...value] }
  if (value instanceof Error) return { [MARK]: 'Error', v: errorToWire(value) }
  if (value instanceof RegExp) return { [MARK]: 'RegExp', v: [value.source, value.flags] }
  if (value instanceof URL) return { [MARK]: 'URL', v: value.href }
  if (Buffer.isBuffer(value)) return { [MARK]: 'Buffer', v: new Uint8Array(value) }
  if (value instanceof Uint8Array) return { [MARK]: 'Uint8Array', v: value }
  if (value instanceof ArrayBuffer) return { [MARK]: 'ArrayBuffer', v: new Uint8Array(value) }
  if (value instanceof DataView) return { [MARK]: 'DataView', v: bytesOf(value) }
  if (!ArrayBuffer.isView(value)) return undefined
  // The tag of the built-in, which a subclass cannot change and its constructor's name would not tell.
  const name = (value as Uint8Array)[Symbol.toStringTag]
  return Object.hasOwn(TYPED_ARRAYS, name) ? { [MARK]: name, v: bytesOf(value) } : undefined
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

/** `value` is fresh from the decoder, so it may be changed in place. */
export function revive(value: unknown, tags: Tags): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = revive(value[index], tags)
    return value
  }
  const record = value as Record<string, unknown>
  if (typeof record[MARK] === 'string') return reviveMarked(record as unknown as Marked, tags)
  for (const key of Object.keys(record)) {
    const field = record[key]
    if (typeof field === 'object') record[key] = revive(field, tags)
  }
  return record
}

function reviveMarked({ [MARK]: mark, n: tag = '', v }: Marked, tags: Tags): unknown {
  switch (mark) {
    case 'function':
      return known(tag, 'function', tags)
    case 'class':
      return reviveInstance(known(tag, 'class', tags), revive(v, tags))
    case 'json':
      return (known(tag, 'class', tags) as { fromJSON(json: unknown): unknown }).fromJSON(revive(v, tags))
    case 'Object':
      return Object.fromEntries(revive(v, tags) as [string, unknown][])
    case 'Map':
      return new Map(revive(v, tags) as [unknown, unknown][])
    case 'Set':
      return new Set(revive(v, tags) as unknown[])
    case 'Error':
      return errorFromWire(v as WireError)
    case 'RegExp':
      return new RegExp(...(v as [string, string]))
    case 'URL':
      return new URL(v as string)
    case 'BigInt':
      return BigInt(v as string)
    case 'Number':
      return Number(v)
    case 'String':
      return (v as number[]).map((unit) => String.fromCharCode(unit)).join('')
    default:
      return reviveBytes(mark, new Uint8Array(v as Uint8Array))
  }
}

/** Fields that errors keep hidden from enumeration, and that must arrive so. */
export const HIDDEN_IN_ERRORS = ['message', 'stack', 'cause'] as const

// Fields are defined, not assigned: a setter of the class is code, and receiving data must not run any.
function reviveInstance(type: unknown, fields: unknown): object {
  const { prototype } = type as { prototype: object }
  const isError = prototype instanceof Error
  const instance = isError ? Object.setPrototypeOf(new Error(), prototype) : Object.create(prototype)
  for (const [key, value] of Object.entries(fields as object)) {
    const enumerable = !isError || !(HIDDEN_IN_ERRORS as readonly string[]).includes(key)
    Object.defineProperty(instance, key, { value, enumerable, writable: true, configurable: true })
  }
  return instance as object
}

function reviveBytes(mark: string, bytes: Uint8Array<ArrayBuffer>): unknown {
  if (mark === 'Buffer') return Buffer.from(bytes.buffer)
  if (mark === 'Uint8Array') return bytes
  if (mark === 'ArrayBuffer') return bytes.buffer
  if (mark === 'DataView') return new DataView(bytes.buffer)
  if (Object.hasOwn(TYPED_ARRAYS, mark))
    return new TYPED_ARRAYS[mark as keyof typeof TYPED_ARRAYS](bytes.buffer)
  throw new TsrvError('TASK_TYPE_UNKNOWN', { kind: 'type', tag: mark })
}

function known(tag: string, kind: 'class' | 'function', tags: Tags): unknown {
  const exported = tags.exportOf(tag)
  if (typeof exported !== 'function') throw new TsrvError('TASK_TYPE_UNKNOWN', { kind, tag })
  return exported
}
