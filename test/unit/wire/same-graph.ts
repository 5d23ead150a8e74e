/** Whether two values are the same graph: equal contents, and one object here wherever there is one object there. */
import assert from 'node:assert/strict'
import { types } from 'node:util'

/** Throws with the path of the first difference. */
export function assertSameGraph(actual: unknown, expected: unknown): void {
  visit(actual, expected, '$', { there: new Map(), here: new Map() })
}

interface Pairs {
  readonly there: Map<unknown, unknown>
  readonly here: Map<unknown, unknown>
}

function visit(actual: unknown, expected: unknown, path: string, pairs: Pairs): void {
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) {
    assert.ok(Object.is(actual, expected), `${path}: ${String(actual)} is not ${String(expected)}`)
    return
  }
  if (pairs.there.has(actual) || pairs.here.has(expected)) {
    const isSame = pairs.there.get(actual) === expected && pairs.here.get(expected) === actual
    assert.ok(isSame, `${path}: another object than elsewhere`)
    return
  }
  pairs.there.set(actual, expected)
  pairs.here.set(expected, actual)
  assert.equal(Object.getPrototypeOf(actual), Object.getPrototypeOf(expected), `${path}: another class`)
  const [got, wanted] = [partsOf(actual), partsOf(expected)]
  assert.deepEqual(
    got.map(([name]) => name),
    wanted.map(([name]) => name),
    `${path}: other parts`,
  )
  for (const [index, [name, part]] of wanted.entries()) visit(got[index]?.[1], part, `${path} ${name}`, pairs)
}

/** All that makes up an object, in order; names say what is a key, an item or hidden. */
function partsOf(value: object): [name: string, part: unknown][] {
  const keys = ArrayBuffer.isView(value) ? [] : Object.getOwnPropertyNames(value)
  const own = keys.map((key): [string, unknown] => {
    const hidden = Object.prototype.propertyIsEnumerable.call(value, key) ? '' : 'hidden '
    return [`${hidden}${JSON.stringify(key)}`, Reflect.get(value, key)]
  })
  // An error's hidden fields are defined in another order than the engine's own.
  if (value instanceof Error) own.sort(([a], [b]) => (a < b ? -1 : 1))
  return [...own, ...contentsOf(value).map((part, index): [string, unknown] => [`<${index}>`, part])]
}

function contentsOf(value: object): unknown[] {
  if (value instanceof Map) return [...value].flat()
  if (value instanceof Set) return [...value]
  if (value instanceof Date) return [value.getTime()]
  if (value instanceof RegExp) return [value.source, value.flags]
  if (value instanceof URL || value instanceof URLSearchParams) return [value.toString()]
  if (value instanceof Headers) return [...value].flat()
  if (value instanceof DOMException) return [value.name, value.message]
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)]
  if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
  return types.isBoxedPrimitive(value) ? [value.valueOf()] : []
}
