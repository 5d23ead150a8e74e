/** The report of a failure between processes and threads: what is written of an error, and the error made of it again. */
import {
  describeThrown,
  type ErrorCode,
  type ErrorRow,
  ERRORS,
  EXIT,
  messageOf,
  readField,
  TsrvError,
} from '../errors.ts'
import { ERROR_CLASSES, type ErrorClassName, errorClassOf } from './error-classes.ts'

/** Always sendable, so it leaves out what is not. */
export interface WireError {
  readonly class: ErrorClassName
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string | number
  /** Its own enumerable fields, those that are plain data. */
  readonly fields?: Readonly<Record<string, unknown>>
  readonly cause?: WireError
  /** Instead of `cause` in a circle: the cause is the error so many levels up, 0 for itself. */
  readonly causeUp?: number
  /** Of an AggregateError. */
  readonly errors?: readonly WireError[]
}

const DEEPEST_CAUSE = 8

/** Describes anything thrown, also non-errors, and objects whose getters or proxy traps throw. */
export function errorToWire(thrown: unknown, outer: readonly unknown[] = []): WireError {
  try {
    if (thrown instanceof Error) return describeError(thrown, outer)
  } catch {
    // Not even its class can be asked for.
  }
  return { class: 'Error', name: 'Error', message: messageOf(thrown) }
}

function describeError(thrown: Error, outer: readonly unknown[]): WireError {
  const [code, stack, cause, errors] = ['code', 'stack', 'cause', 'errors'].map((key) =>
    readField(thrown, key),
  )
  const chain = [thrown, ...outer]
  const isShort = chain.length <= DEEPEST_CAUSE
  const causeUp = chain.indexOf(cause)
  return {
    class: errorClassOf(thrown),
    name: describeThrown(readField(thrown, 'name') ?? 'Error'),
    message: messageOf(thrown),
    ...(typeof stack === 'string' && { stack }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...plainFields(thrown),
    ...(causeUp !== -1 && { causeUp }),
    ...(causeUp === -1 && cause !== undefined && isShort && { cause: errorToWire(cause, chain) }),
    ...(Array.isArray(errors) && isShort && { errors: errors.map((one) => errorToWire(one, chain)) }),
  }
}

/** Rebuilds a thrown error as an instance of its built-in class, which may be `TsrvError`. */
export function errorFromWire(wire: WireError, outer: readonly Error[] = []): Error {
  const error = emptyError(wire)
  const chain = [error, ...outer]
  const { cause, causeUp, errors, fields } = wire
  // Without one, as of a text that was thrown, the place where the error is made again must not look like its own.
  const stack = wire.stack ?? `${wire.name}: ${wire.message}`
  const hidden: Record<string, unknown> = { message: wire.message, stack }
  if (error.name !== wire.name) hidden['name'] = wire.name
  if (cause !== undefined) hidden['cause'] = errorFromWire(cause, chain)
  if (causeUp !== undefined) hidden['cause'] = chain[causeUp]
  if (errors !== undefined) hidden['errors'] = errors.map((one) => errorFromWire(one, chain))
  for (const [key, value] of Object.entries(hidden)) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true })
  }
  const { code } = error as { code?: unknown }
  return Object.assign(error, wire.code !== code && { code: wire.code }, fields)
}

function emptyError({ class: name, code, ...wire }: WireError): Error {
  const known = String(code).replace(/^TSRV_/, '')
  // By its code: an error of another copy of this package is one of ours, too.
  if (name === 'TsrvError' || (name === 'Error' && known !== code && Object.hasOwn(ERRORS, known))) {
    const { exit: exitCode = EXIT.failure }: Partial<ErrorRow> = ERRORS[known as ErrorCode] ?? {}
    return Object.assign(withPrototype(TsrvError), { details: {}, exitCode })
  }
  // A table look-up: what came over the wire must not reach another global.
  const type = Object.hasOwn(ERROR_CLASSES, name) ? ERROR_CLASSES[name] : Error
  return type === DOMException ? new DOMException(wire.message, wire.name) : withPrototype(type)
}

function withPrototype({ prototype }: { readonly prototype: Error }): Error {
  return Object.setPrototypeOf(new Error(), prototype) as Error
}

/** Those of its own fields that survive any channel, also one that speaks JSON. */
function plainFields(error: Error): Pick<WireError, 'fields'> {
  const keys = Object.keys(error).filter((key) => !CARRIED.has(key))
  const fields = keys.map((key) => [key, plainCopy(readField(error, key))] as const)
  const plain = fields.filter(([, value]) => value !== undefined)
  return plain.length === 0 ? {} : { fields: Object.fromEntries(plain) }
}

const CARRIED: ReadonlySet<string> = new Set(['message', 'stack', 'cause', 'errors', '__proto__'])

/** Undefined for what is not plain data all through. */
function plainCopy(value: unknown, depth = 0): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' || typeof value === 'boolean' || value === null ? value : undefined
  }
  const isList = Array.isArray(value)
  if (depth > DEEPEST_CAUSE || (!isList && Object.getPrototypeOf(value) !== Object.prototype))
    return undefined
  const keys = Object.keys(value)
  const copies = keys.map((key) => plainCopy(readField(value, key), depth + 1))
  if (copies.includes(undefined) || keys.includes('__proto__')) return undefined
  return isList ? copies : Object.fromEntries(keys.map((key, index) => [key, copies[index]]))
}
