/**
 * Finds in what a config file exports everything that is not plain data, by key path. Imports nothing: the child
 * that evaluates the file loads it on every start.
 */

/** Names that would reach the prototype of an object somewhere down the line. */
export const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype']

/** Something in the exported value that cannot be configuration. */
export interface NotData {
  readonly path: string
  readonly message: string
}

const REMEDY = 'config is data: name a module by path'

export function findNotData(value: unknown, path = '', around: readonly object[] = []): NotData[] {
  const found = (what: string): NotData[] => [{ path, message: `${what}; ${REMEDY}` }]
  switch (typeof value) {
    case 'function':
      return found(value.name === '' ? 'a function' : `the function ${value.name}`)
    case 'symbol':
      return found('a symbol')
    case 'bigint':
      return found('a bigint')
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return []
    case 'object':
      break
  }
  if (value === null) return []
  if (around.includes(value)) return found('a value that contains itself')
  const inside = [...around, value]
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => findNotData(item, `${path}[${index}]`, inside))
  }
  if (!isPlain(value)) return found(`an instance of ${className(value)}`)
  return Reflect.ownKeys(value).flatMap((key) => member(value, key, path, inside))
}

function member(value: object, key: string | symbol, path: string, inside: readonly object[]): NotData[] {
  const memberPath = path === '' ? String(key) : `${path}.${String(key)}`
  if (typeof key === 'symbol') return [{ path: memberPath, message: `a symbol as key; ${REMEDY}` }]
  if (FORBIDDEN_KEYS.includes(key)) {
    return [{ path: memberPath, message: 'this name is reserved by JavaScript and cannot be a key' }]
  }
  return findNotData(Reflect.get(value, key), memberPath, inside)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function className(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } }
  return typeof constructor?.name === 'string' && constructor.name !== '' ? constructor.name : 'a class'
}
