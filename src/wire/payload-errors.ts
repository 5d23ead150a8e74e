/** Errors as payload: what they hide from enumeration arrives hidden, and everything else as it was. */
import { ERROR_CLASSES, type ErrorClassName } from './error-classes.ts'

export interface ErrorParts {
  readonly hidden: Record<string, unknown>
  readonly fields: Record<string, unknown>
}

/** What constructors of the platform define without making it enumerable. */
const HIDDEN = ['name', 'message', 'stack', 'code', 'cause', 'errors', 'error', 'suppressed'] as const

export function partsOf(error: Error, base: ErrorClassName): ErrorParts {
  const fields: Record<string, unknown> = Object.fromEntries(Object.entries(error))
  const hidden: Record<string, unknown> = {}
  for (const key of HIDDEN) {
    if (Object.hasOwn(error, key) && !Object.hasOwn(fields, key)) hidden[key] = Reflect.get(error, key)
  }
  if (base === 'DOMException')
    return { hidden: { ...hidden, name: error.name, message: error.message }, fields }
  // A name that a class without a tag has on its prototype would be lost with the class.
  if (!('name' in fields) && error.name !== ERROR_CLASSES[base].prototype.name) hidden['name'] = error.name
  return { hidden, fields }
}

/** An error without contents, to be filled: what it refers to may refer back to it. */
export function emptyError(prototype: object): Error {
  const error: Error = Object.setPrototypeOf(new Error(), prototype)
  delete error.stack
  return error
}
