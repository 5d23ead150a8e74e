/**
 * Every failure tsrv reports, as one table: a row is a code, its exit status and its sentence.
 * `docs/errors.md` and the exit codes of the command line derive from it.
 */

/** Exit statuses of `tsrv` beyond 0 and 1; 78 is EX_CONFIG of sysexits(3), 3 is "not running" of the LSB. */
export const EXIT = { failure: 1, notRunning: 3, config: 78 } as const

interface ErrorRow {
  readonly exit: number
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
  ALREADY_RUNNING: { exit: EXIT.failure, text: 'Server is already running! (pid {pid}, {runDir})' },
  ALREADY_STARTED: {
    exit: EXIT.failure,
    text: 'This supervisor has already been started; make a new one to start again.',
  },
  NOT_RUNNING: {
    exit: EXIT.failure,
    text: 'No tsrv server is running in this process: {call} works in HTTP workers, task workers and services started by `tsrv start`.',
  },
  PORT_IN_USE: {
    exit: EXIT.failure,
    text: 'Address {address} is already in use{holder}. Stop that program, or choose another port with --port.',
  },
  LISTEN_FAILED: { exit: EXIT.failure, text: 'Cannot listen on {address}: {reason}.' },
  RUN_DIR_UNUSABLE: {
    exit: EXIT.failure,
    text: 'Cannot use the run directory {runDir}: {reason}. Set TSRV_RUN_DIR to a writable folder.',
  },
  STOP_TIMEOUT: {
    exit: EXIT.failure,
    text: 'Error stopping server; check logs for details (pid {pid} was still alive after {seconds} s; `tsrv stop --force` kills it).',
  },
  CONTROL_FAILED: {
    exit: EXIT.failure,
    text: 'The server (pid {pid}) did not answer on {socket}: {reason}.',
  },
  BOOT_FAILED: { exit: EXIT.failure, text: '{process} could not start: {reason}' },
  BOOT_TIMEOUT: {
    exit: EXIT.failure,
    text: '{process} was not ready within {seconds} s. Raise processes.bootTimeout if its modules need longer to load.',
  },
  APP_NOT_FOUND: {
    exit: EXIT.failure,
    text: 'No app: looked for {tried}. Create one, or name it with "app" in the config.',
  },
  APP_INVALID: {
    exit: EXIT.failure,
    text: 'The app {module} exports {received}; expected {expected}.',
  },
  ANSWER_INVALID: {
    exit: EXIT.failure,
    text: 'The app answered {method} {url} with {received}; expected a Response.',
  },
  BODY_TAKEN: {
    exit: EXIT.failure,
    text: 'A RequestEvent listener read the body of {method} {url}, so the (req, res) app cannot read it. Answer with event.respond(), or leave the body to the app.',
  },
  MODULE_FAILED: { exit: EXIT.failure, text: 'Cannot load {module} ({role}): {reason}' },
  LISTENER_MISSING: {
    exit: EXIT.failure,
    text: 'Missing listener "{entry}" for event "{event}": {reason}.',
  },
  LISTENER_INVALID: {
    exit: EXIT.failure,
    text: 'Unexpected listener "{entry}" for event "{event}"; expected a function or an object with handle(event), received {received}.',
  },
  LISTENER_NOT_DEFERRABLE: {
    exit: EXIT.failure,
    text: 'Listener "{entry}" for event "{event}" cannot be deferred: {reason}.',
  },
  EVENT_UNKNOWN: {
    exit: EXIT.failure,
    text: 'Unknown event "{event}" under "listeners"; expected {expected}.',
  },
  SERVICE_MISSING: { exit: EXIT.failure, text: 'The container has no service "{service}".' },
  SERVICE_FAILED: { exit: EXIT.failure, text: 'Cannot make the service "{service}": {reason}' },
  SERVICES_NOT_ENDED: {
    exit: EXIT.failure,
    text: 'Services threw when the container ended them: {reasons}.',
  },
  TAG_DUPLICATE: {
    exit: EXIT.failure,
    text: 'Two exports of tasks.modules share the name "{tag}": {first} and {second}. Give one of them another `static taskName`.',
  },
  TASKS_DISABLED: {
    exit: EXIT.failure,
    text: 'server.{call}() needs task workers: start with -t N (N > 0), or set taskWorkers in the config.',
  },
  TASK_NOT_SERIALISABLE: { exit: EXIT.failure, text: 'The {what} cannot travel: {found} at {path}.{remedy}' },
  TASK_TYPE_UNKNOWN: {
    exit: EXIT.failure,
    text: 'Unknown {kind} "{tag}": no file matched by tasks.modules exports it here.',
  },
  TASK_UNHANDLED: {
    exit: EXIT.failure,
    text: 'Nothing handled task {id} ({data}): add a TaskEvent listener in the config, or send a Task or a message class that a handler is registered for.',
  },
  TASK_TIMEOUT: { exit: EXIT.failure, text: 'Task {id} did not finish within {timeout} ms.' },
  TASK_CANCELLED: { exit: EXIT.failure, text: 'Task {id} was cancelled.' },
  TASK_CRASHED: {
    exit: EXIT.failure,
    text: 'Task {id} was given up: its process or thread died {crashes} times while it ran ({reason}).',
  },
  IDS_EXHAUSTED: {
    exit: EXIT.failure,
    text: 'This process used up its reserve of {reserve} task ids within one turn of the event loop; let the loop turn between bursts.',
  },
  FRAME_INVALID: {
    exit: EXIT.failure,
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
    super(fill(ERRORS[code].text, filled), options)
    this.code = `TSRV_${code}`
    this.details = filled
    this.exitCode = ERRORS[code].exit
  }
}

function fill(text: string, details: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => String(details[name] ?? placeholder))
}

/** An error as it travels between processes and threads, where classes and stacks do not survive cloning. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string | number
  /** For a `TsrvError`: what filled its sentence. */
  readonly details?: Readonly<Record<string, string | number>>
  readonly cause?: WireError
}

const DEEPEST_CAUSE = 8

/** Describes anything thrown, also non-errors and objects whose getters throw. */
export function errorToWire(thrown: unknown, depth = 0): WireError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: describeThrown(thrown) }
  const code = read(thrown, 'code')
  const stack = read(thrown, 'stack')
  const cause = read(thrown, 'cause')
  return {
    name: describeThrown(read(thrown, 'name') ?? 'Error'),
    message: describeThrown(read(thrown, 'message') ?? ''),
    ...(typeof stack === 'string' && { stack }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(thrown instanceof TsrvError && { details: thrown.details }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: errorToWire(cause, depth + 1) }),
  }
}

/** Rebuilds a thrown error; a code of our table becomes a `TsrvError` again, so that callers can test for it. */
export function errorFromWire(wire: WireError): Error {
  const options = wire.cause === undefined ? undefined : { cause: errorFromWire(wire.cause) }
  const known =
    typeof wire.code === 'string' && wire.code.startsWith('TSRV_')
      ? wire.code.slice('TSRV_'.length)
      : undefined
  if (known !== undefined && Object.hasOwn(ERRORS, known)) {
    const error = new TsrvError(known as ErrorCode, (wire.details ?? {}) as never, options)
    error.message = wire.message
    if (wire.stack !== undefined) error.stack = wire.stack
    return error
  }
  const error = new Error(wire.message, options)
  error.name = wire.name
  if (wire.stack !== undefined) error.stack = wire.stack
  return wire.code === undefined ? error : Object.assign(error, { code: wire.code })
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return errorToWire(thrown).message
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
