/** The classes of errors that every process and thread has. */
import { TsrvError } from '../errors.ts'

/** Others arrive as the nearest of these. */
export const ERROR_CLASSES = {
  Error,
  AggregateError,
  DOMException,
  EvalError,
  RangeError,
  ReferenceError,
  SuppressedError,
  SyntaxError,
  TsrvError,
  TypeError,
  URIError,
} as const

export type ErrorClassName = keyof typeof ERROR_CLASSES

export function errorClassOf(error: Error): ErrorClassName {
  for (let next: unknown = error; next !== null; next = Object.getPrototypeOf(next)) {
    for (const name of Object.keys(ERROR_CLASSES) as ErrorClassName[]) {
      if (ERROR_CLASSES[name].prototype === next) return name
    }
  }
  return 'Error'
}
