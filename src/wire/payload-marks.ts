/** What both directions of the payload codec agree on: the mark, and the memory views that need no tag. */
/** The key that marks a record as "not plain data". Plain objects that hold it are escaped by the walk. */
export const MARK = '\u0000'

export interface Marked {
  readonly [MARK]: string
  /** Tag of a class or function, or the built-in class of an error. */
  readonly n?: string
  readonly v?: unknown
}

interface ViewClass {
  new (buffer: ArrayBuffer): ArrayBufferView
  readonly prototype: ArrayBufferView
}

/** Views of memory other than Buffer; a table, so that a name from the wire cannot reach another global. */
export const VIEWS: Readonly<Record<string, ViewClass>> = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
  Float16Array,
}
