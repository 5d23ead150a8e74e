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
  ADMIN_LISTEN_FAILED: {
    text: 'Cannot open the admin listener on {address}: {reason}. Choose a free address with admin.host and admin.port.',
  },
  LISTEN_FAILED: { text: 'Cannot listen on {address}: {reason}.' },
  RUN_DIR_UNUSABLE: {
    text: 'Cannot use the run directory {runDir}: {reason}. Set TSRV_RUN_DIR to a writable folder.',
  },
  STOP_TIMEOUT: {
    text: 'Error stopping server; check logs for details (pid {pid} was still alive after {seconds} s; `tsrv stop --force` kills it).',
  },
  DETACHED_ENDED: {
    text: 'The server ended ({how}) before it was ready; the end of {file} may say why.',
  },
  LOG_FILE_UNUSABLE: {
    text: 'Cannot write the log file {file}: {reason}. Name another one with log.file, or let this user write there.',
  },
  LOG_MISSING: { text: 'There is no log at {file}: {reason}.' },
  INIT_REFUSED: {
    text: '{dir} already has {files}; nothing was written. Choose another folder, or remove them.',
  },
  INIT_FAILED: { text: 'Cannot make a project in {dir}: {reason}.' },
  SERVER_NOT_RUNNING: { text: 'Server is not running' },
  ARGUMENT_INVALID: {
    text: 'Cannot take "{value}" for {name}. {expected} `{command} --help` shows what it takes.',
  },
  SCALE_FAILED: { text: 'The number of workers stays: {reason}' },
  HANDLER_TIMEOUT: {
    text: '{method} {url} took longer than http.handlerTimeout ({ms} ms).',
  },
  RELOAD_FAILED: { text: 'Reload failed, the old code keeps running: {reason}' },
  RESTART_FAILED: { text: 'Restart failed, the old code keeps running: {reason}' },
  RESTART_ENDED: {
    text: 'The server (pid {pid}) ended while it was restarted; the end of its log says why.',
  },
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
  LISTENERS_FAILED: { text: '{count} listeners of {event} threw: {reasons}' },
  CALLBACK_REFUSED: { text: 'server.on("{event}", …) is refused: {reason}.' },
  TEST_SERVER_RUNNING: {
    text: 'A server runs in this process already; stop the first TestServer before another one starts: `await using`, or stop().',
  },
  TASKS_NOT_DRAINED: { text: 'After {timeout} ms these tasks have not ended: {tasks}.' },
  EVENT_UNKNOWN: {
    text: 'Unknown event "{event}" under "listeners"; expected {expected}.',
  },
  SERVICE_MISSING: { text: 'The container has no service "{service}": {reason}.' },
  SERVICE_FAILED: { text: 'Cannot make the service "{service}": {reason}' },
  SERVICES_NOT_ENDED: {
    text: 'Services threw when the container ended them: {reasons}.',
  },
  SERVICE_UNKNOWN: {
    text: 'There is no service "{service}" under "services" in the config; there is: {known}.',
  },
  SERVICE_METHOD_UNKNOWN: { text: 'Service "{service}" has no method "{method}"; it has: {known}.' },
  SERVICE_TIMEOUT: {
    text: 'Service "{service}" did not answer {method}() within {timeout} ms: it is not running, or busy.',
  },
  SERVICE_LOST: {
    text: 'Service "{service}" ended before it answered {method}(); the call may have had its effect.',
  },
  TAG_DUPLICATE: {
    text: 'Two exports of tasks.modules share the name "{tag}": {first} and {second}. Give one of them another: `static taskName` of a class, `name` of defineTask().',
  },
  TASKS_DISABLED: {
    text: 'server.{call}() needs task workers: start with -t N (N > 0), or set taskWorkers in the config.',
  },
  TASK_NOT_SERIALISABLE: { text: 'The {what} cannot travel: {found} at {path}.{remedy}' },
  TASK_TOO_LARGE: {
    text: 'The {what} has {size} bytes; at most {limit} can travel. Put it into a file or a database, and send where it is.',
  },
  TASK_FUNCTION_INVALID: {
    text: 'new Task() takes a function exported by a file of tasks.modules, not a class; received {received}.',
  },
  TASK_DEFINITION_INVALID: {
    text: 'The task "{task}" is defined with a wrong {field}; expected {expected}.',
  },
  TASK_INPUT_INVALID: { text: 'The input of {task} is invalid: {problems}' },
  TASK_SCHEMA_ASYNC: {
    text: 'The schema of {task} answers with a promise; expected one that checks at once. Check what takes time in the task itself.',
  },
  TASK_PROGRESS_INVALID: {
    text: 'event.progress() or yield was given {received}; expected an object with message (a text), completion and target (numbers), each optional.',
  },
  TASK_SERVICE_INVALID: {
    text: '{key} names "{entry}", which is {received}; expected {expected}.',
  },
  HANDLER_UNREACHABLE: {
    text: 'The handler "{handler}" in {file} waits for {type}, which no file of tasks.modules exports, so that no such message can be sent. Export the class from one.',
  },
  TASK_TYPE_UNKNOWN: {
    text: 'Unknown {kind} "{tag}": no file matched by tasks.modules exports it here.',
  },
  TASK_UNHANDLED: {
    text: 'Nothing handled task {id} ({data}): add a TaskEvent listener in the config, or send a Task or a message class that a handler is registered for.',
  },
  TASK_TIMEOUT: { text: 'Task {id} did not finish within {timeout} ms.' },
  TASK_CANCELLED: { text: 'Task {id} was cancelled.' },
  TASK_REPORTED_ERROR: { text: 'Task {id} reported errors: {messages}' },
  TASK_CRASHED: {
    text: 'Task {id} was given up: its process or thread died {crashes} times while it ran ({reason}).',
  },
  TASK_TIMED_OUT: { text: 'Task {id} took longer than its {timeout} ms in attempt {attempt}.' },
  TASK_OUT_OF_MEMORY: { text: 'Task {id} used up the memory of its task worker ({reason}).' },
  TASK_NOT_FOUND: {
    text: 'There is no task {id} in the task log: it was never sent, or ended so long ago that its record is gone (tasks.keep).',
  },
  TASK_SERVER_MISSING: {
    text: 'This server has no task server: start it with -t N (N > 0), or set taskWorkers in the config.',
  },
  TASK_SERVER_SILENT: { text: 'The task server does not answer: {reason}. Try again in a moment.' },
  WORK_LEFT: {
    text: 'Left before the tasks of these task workers have ended; the server lets them end.',
  },
  WORK_OVER: { text: 'These task workers have been given back already.' },
  TASK_QUERY_INVALID: { text: 'Cannot ask for such tasks: {problem}; expected {expected}.' },
  TASK_OPTION_INVALID: { text: 'Option {option} of {call}() is {value}; expected {expected}.' },
  SCHEDULE_INVALID: { text: 'The schedule "{name}" cannot be kept: {reason}' },
  QUEUE_UNKNOWN: {
    text: 'There is no queue "{queue}", which {by} asks for; there are: {known}.',
  },
  QUEUE_SYNC: {
    text: 'Queue "{queue}" is a sync queue: its tasks run at once where they are sent, so {by} has nothing to do there.',
  },
  TASK_QUEUE_FULL: {
    text: 'The queue is full: {open} tasks with {bytes} bytes sent from here have not ended yet; the share of this process is {maxTasks} tasks and {maxBytes} bytes.',
  },
  TASK_MANAGER_ENDED: {
    text: 'The task manager {state}: it takes no tasks, and answers for none. Call start(), or make a new one.',
  },
  BROKER_UNAVAILABLE: {
    text: 'Broker "{broker}" ({place}) cannot keep tasks now: {reason}. Nothing was changed; it may work later.',
  },
  BROKER_LOST: {
    text: 'Broker "{broker}" ({place}) has ended: {reason}. What it has kept is safe; the task server must start again.',
  },
  BROKER_REFUSED: { text: 'Broker "{broker}" refused {call}: {reason}. Nothing was changed.' },
  STORE_LOCKED: {
    text: 'The task store {file} is in use by another process{holder}. Stop that one, or give this server a run directory of its own with TSRV_RUN_DIR.',
  },
  STORE_INVALID: {
    text: 'The task store {file} cannot be read: {reason}. It may hold tasks that have not run, so it was left as it is: restore it from a backup, or move it and {file}-wal away to start with an empty one.',
  },
  STORE_TOO_NEW: {
    text: 'The task store {file} has version {found}, written by a newer tsrv; this one reads up to version {known}. Install the newer tsrv again, or move the file away to start with an empty one.',
  },
  STORE_UNUSABLE: {
    text: 'Cannot open the task store {file}: {reason}. Make its folder writable, choose another one with TSRV_RUN_DIR, or set tasks.broker to "memory".',
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

type ErrorDetails<Code extends ErrorCode> = {
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

/** What is said of a thrown value whose getters or proxy traps throw as well. */
const UNSPEAKABLE = 'a value that cannot be shown was thrown'

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return describeThrown(thrown)
    const message: unknown = thrown.message
    return describeThrown(message ?? '')
  } catch {
    return UNSPEAKABLE
  }
}

const NOTHING: ReadonlySet<unknown> = new Set([null, undefined])

/** Anything as text, also what refuses to be. */
export function describeThrown(thrown: unknown): string {
  try {
    if (NOTHING.has(thrown)) return `${String(thrown)} was thrown`
    // A toJSON() may answer undefined.
    return (typeof thrown === 'object' && thrown !== null && JSON.stringify(thrown)) || String(thrown)
  } catch {
    return UNSPEAKABLE
  }
}

/** A field whose getter may throw. */
export function readField(source: object, key: string): unknown {
  try {
    return Reflect.get(source, key)
  } catch {
    return undefined
  }
}
