/**
 * Every failure tsrv reports, as one table: a row is a code, its exit status and its sentence.
 * `docs/errors.md` and the exit codes of the command line derive from it.
 */

/** Exit statuses of `tsrv` beyond 0 and 1; 78 is EX_CONFIG of sysexits(3), 3 is "not running" of the LSB. */
export const EXIT = { failure: 1, notRunning: 3, config: 78 } as const

export interface ErrorRow {
  /** Default `EXIT.failure`. */
  readonly exit?: number
  /** The sentence; `{name}` is filled from the details. It says what happened and what to do. */
  readonly text: string
}

export const ERRORS = {
  CONFIG_INVALID: { exit: EXIT.config, text: '{summary}; nothing was started.' },
  CONFIG_NOT_FOUND: { exit: EXIT.config, text: 'There is no configuration file at {file}.' },
  CONFIG_AMBIGUOUS: {
    exit: EXIT.config,
    text: 'Two configuration files in one folder: {files}. Remove one, or choose with -c FILE.',
  },
  ALREADY_RUNNING: { text: 'Server is already running! (pid {pid}, {runDir})' },
  ALREADY_STARTED: {
    text: 'This supervisor has already been started; make a new one to start again.',
  },
  NOT_RUNNING: {
    text: 'No tsrv server is running in this process: {call} works in HTTP workers, task workers and services started by `tsrv start`.',
  },
  PORT_IN_USE: {
    text: 'Address {address} is already in use{holder}. Stop that program, or choose another port with --port.',
  },
  LISTEN_FAILED: { text: 'Cannot listen on {address}: {reason}.' },
  RUN_DIR_UNUSABLE: {
    text: 'Cannot use the run directory {runDir}: {reason}. Set TSRV_RUN_DIR to a writable folder.',
  },
  STOP_TIMEOUT: {
    text: 'Error stopping server; check logs for details (pid {pid} was still alive after {seconds} s; `tsrv stop --force` kills it).',
  },
  SERVER_NOT_RUNNING: { text: 'Server is not running' },
  RELOAD_FAILED: { text: 'Reload failed, the old code keeps running: {reason}' },
  CONTROL_FAILED: {
    text: 'The server (pid {pid}) did not answer on {socket}: {reason}.',
  },
  BOOT_FAILED: { text: '{process} could not start: {reason}' },
  BOOT_TIMEOUT: {
    text: '{process} was not ready within {seconds} s. Raise processes.bootTimeout if its modules need longer to load.',
  },
  APP_NOT_FOUND: {
    text: 'No app: looked for {tried}. Create one, or name it with "app" in the config.',
  },
  APP_INVALID: {
    text: 'The app {module} exports {received}; expected {expected}.',
  },
  APP_CLOSE_TIMEOUT: {
    text: 'close() of the app did not settle within {ms} ms, and its worker leaves without it. See what its close hooks wait for, or raise processes.maxWaitTime.',
  },
  ANSWER_INVALID: {
    text: 'The app answered {method} {url} with {received}; expected a Response.',
  },
  BODY_TAKEN: {
    text: 'A RequestEvent listener read the body of {method} {url}, so the (req, res) app cannot read it. Answer with event.respond(), or leave the body to the app.',
  },
  MODULE_FAILED: { text: 'Cannot load {module} ({role}): {reason}' },
  LISTENER_MISSING: {
    text: 'Missing listener "{entry}" for event "{event}": {reason}.',
  },
  LISTENER_INVALID: {
    text: 'Unexpected listener "{entry}" for event "{event}"; expected a function or an object with handle(event), received {received}.',
  },
  LISTENER_NOT_DEFERRABLE: {
    text: 'Listener "{entry}" for event "{event}" cannot be deferred: {reason}.',
  },
  EVENT_UNKNOWN: {
    text: 'Unknown event "{event}" under "listeners"; expected {expected}.',
  },
  SERVICE_MISSING: { text: 'The container has no service "{service}".' },
  SERVICE_FAILED: { text: 'Cannot make the service "{service}": {reason}' },
  SERVICES_NOT_ENDED: {
    text: 'Services threw when the container ended them: {reasons}.',
  },
  TAG_DUPLICATE: {
    text: 'Two exports of tasks.modules share the name "{tag}": {first} and {second}. Give one of them another `static taskName`.',
  },
  TASKS_DISABLED: {
    text: 'server.{call}() needs task workers: start with -t N (N > 0), or set taskWorkers in the config.',
  },
  TASK_NOT_SERIALISABLE: { text: 'The {what} cannot travel: {found} at {path}.{remedy}' },
  TASK_TYPE_UNKNOWN: {
    text: 'Unknown {kind} "{tag}": no file matched by tasks.modules exports it here.',
  },
  TASK_UNHANDLED: {
    text: 'Nothing handled task {id} ({data}): add a TaskEvent listener in the config, or send a Task or a message class that a handler is registered for.',
  },
  TASK_TIMEOUT: { text: 'Task {id} did not finish within {timeout} ms.' },
  TASK_CANCELLED: { text: 'Task {id} was cancelled.' },
  TASK_CRASHED: {
    text: 'Task {id} was given up: its process or thread died {crashes} times while it ran ({reason}).',
  },
  IDS_EXHAUSTED: {
    text: 'This process used up its reserve of {reserve} task ids within one turn of the event loop; let the loop turn between bursts.',
  },
  FRAME_INVALID: {
    text: 'The peer sent {found}; expected {expected}. Closing the connection.',
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

/** The placeholders of a sentence, so that a forgotten detail is a type error. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

export type ErrorDetails<Code extends ErrorCode> = {
  readonly [Name in Placeholders<(typeof ERRORS)[Code]['text']>]: string | number
}

type DetailsArgument<Code extends ErrorCode> = keyof ErrorDetails<Code> extends never
  ? [details?: object]
  : [details: ErrorDetails<Code>]

/**
 * The one error class of tsrv.
 *
 * @example
 * try { server.task(() => {}) } catch (error) {
 *   if (error instanceof TsrvError && error.code === 'TSRV_TASK_NOT_SERIALISABLE') …
 * }
 */
export class TsrvError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'TsrvError'
  /** Stable name of the failure: `TSRV_` + a key of the error table. */
  readonly code: `TSRV_${Code}`
  /** What filled the sentence. */
  readonly details: Readonly<Record<string, string | number>>
  /** Status with which the command line ends when this error reaches it. */
  readonly exitCode: number

  constructor(code: Code, ...[details, options]: [...DetailsArgument<Code>, options?: ErrorOptions]) {
    const filled = (details ?? {}) as Record<string, string | number>
    const { text, exit = EXIT.failure }: ErrorRow = ERRORS[code]
    super(fill(text, filled), options)
    this.code = `TSRV_${code}`
    this.details = filled
    this.exitCode = exit
  }
}

function fill(text: string, details: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => String(details[name] ?? placeholder))
}

/** Classes of errors that every process has; others arrive as the nearest of these. */
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

/** The report of a failure between processes and threads: always sendable, so it leaves out what is not. */
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

/** Describes anything thrown, also non-errors and objects whose getters throw. */
export function errorToWire(thrown: unknown, outer: readonly unknown[] = []): WireError {
  if (!(thrown instanceof Error)) return { class: 'Error', name: 'Error', message: describeThrown(thrown) }
  const [code, stack, cause, errors] = ['code', 'stack', 'cause', 'errors'].map((key) => read(thrown, key))
  const chain = [thrown, ...outer]
  const isShort = chain.length <= DEEPEST_CAUSE
  const causeUp = chain.indexOf(cause)
  return {
    class: errorClassOf(thrown),
    name: describeThrown(read(thrown, 'name') ?? 'Error'),
    message: describeThrown(read(thrown, 'message') ?? ''),
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
  const hidden: Record<string, unknown> = { message: wire.message }
  if (error.name !== wire.name) hidden['name'] = wire.name
  if (wire.stack !== undefined) hidden['stack'] = wire.stack
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

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return describeThrown(thrown instanceof Error ? (read(thrown, 'message') ?? '') : thrown)
}

function describeThrown(thrown: unknown): string {
  try {
    // A toJSON() may answer undefined.
    return (typeof thrown === 'object' && thrown !== null && JSON.stringify(thrown)) || String(thrown)
  } catch {
    return 'a value that cannot be shown was thrown'
  }
}

function read(source: object, key: string): unknown {
  try {
    return Reflect.get(source, key)
  } catch {
    return undefined
  }
}

/** Those of its own fields that survive any channel, also one that speaks JSON. */
function plainFields(error: Error): Pick<WireError, 'fields'> {
  const keys = Object.keys(error).filter((key) => !CARRIED.has(key))
  const fields = keys.map((key) => [key, plainCopy(read(error, key))] as const)
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
  const copies = keys.map((key) => plainCopy(read(value, key), depth + 1))
  if (copies.includes(undefined) || keys.includes('__proto__')) return undefined
  return isList ? copies : Object.fromEntries(keys.map((key, index) => [key, copies[index]]))
}
