/** The settings of `tasks` in a config file. GENERATED from `fields.ts` by `npm run generate`; do not edit. */
import type { FieldInputs } from '../fields.ts'

export interface TasksConfig {
  /**
   * Where tasks are kept until they are done: "sqlite" in the run directory, "memory" for those that may be lost; without it sqlite, or memory when the directory cannot be written.
   * Expects one of sqlite, memory.
   * Also: `TSRV_TASKS__BROKER`.
   */
  readonly broker?: FieldInputs['tasks.broker'] | undefined
  /**
   * What accepted tasks survive: the end of any "process", or also the loss of "power" (each commit waits for the disk).
   * Expects one of process, power.
   * Also: `TSRV_TASKS__DURABILITY`.
   * @default 'process'
   */
  readonly durability?: FieldInputs['tasks.durability'] | undefined
  /**
   * Globs of the files whose exported classes and functions may travel as tasks.
   * Expects a text or a list of texts.
   * Also: `TSRV_TASKS__MODULES`.
   * @default []
   */
  readonly modules?: FieldInputs['tasks.modules'] | undefined
  /**
   * Globs of files whose handlers, made with handles(), are loaded in task workers only; for those that import much. Their messages come from tasks.modules.
   * Expects a text or a list of texts.
   * Also: `TSRV_TASKS__HANDLERS`.
   * @default []
   */
  readonly handlers?: FieldInputs['tasks.handlers'] | undefined
  /**
   * What becomes of a task that no listener and no handler knew: it fails with TSRV_TASK_UNHANDLED, or completes with a warning, or in silence.
   * Expects one of fail, warn, ignore.
   * Also: `TSRV_TASKS__UNHANDLED`.
   * @default 'fail'
   */
  readonly unhandled?: FieldInputs['tasks.unhandled'] | undefined
  /**
   * Whether a task whose data is an object nothing else runs is dispatched as an event to the listeners of its class.
   * Expects true or false.
   * Also: `TSRV_TASKS__DISPATCH_EVENTS`.
   * @default false
   */
  readonly dispatchEvents?: FieldInputs['tasks.dispatchEvents'] | undefined
  /**
   * The dispatcher for tasks.dispatchEvents, an object with dispatch(event); without it the one of the listeners.
   * Expects a module path, "pkg:name#export" or the name of a service.
   * Also: `TSRV_TASKS__DISPATCHER`.
   */
  readonly dispatcher?: FieldInputs['tasks.dispatcher'] | undefined
  /**
   * A logger that the shipped task listeners tell what they begin and what fails; without it the log of the server, which shows beginnings at level debug.
   * Expects a module path, "pkg:name#export" or the name of a service.
   * Also: `TSRV_TASKS__LOGGER`.
   */
  readonly logger?: FieldInputs['tasks.logger'] | undefined
  /**
   * Number of tasks one task worker runs at a time; more than 1 only helps handlers that are async.
   * Expects an integer 1-1000.
   * Also: `TSRV_TASKS__CONCURRENCY`.
   * @default 1
   */
  readonly concurrency?: FieldInputs['tasks.concurrency'] | undefined
  /**
   * Calls the handler of server.on('task') with (server, task) instead of (server, taskId, sourceWorkerId, data).
   * Expects true or false.
   * Also: `TSRV_TASKS__COROUTINE`.
   * @default false
   */
  readonly coroutine?: FieldInputs['tasks.coroutine'] | undefined
  /**
   * How often a task may run before an error it throws is its end.
   * Expects an integer 1-1000.
   * Also: `TSRV_TASKS__ATTEMPTS`.
   * @default 1
   */
  readonly attempts?: FieldInputs['tasks.attempts'] | undefined
  /**
   * The pause before another attempt: "fixed", or "exponential" with jitter, which doubles delay each time up to longest.
   * Expects "fixed", "exponential", or { kind, delay, longest } with times such as 500ms, 5s.
   * Also: `TSRV_TASKS__BACKOFF`.
   * @default {"kind":"exponential","delay":1000,"longest":600000}
   */
  readonly backoff?: FieldInputs['tasks.backoff'] | undefined
  /**
   * How long one attempt may take: its signal aborts then, and a task worker that does not end it is replaced; without it there is no limit.
   * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (1ms to 24 days).
   * Also: `TSRV_TASKS__TIMEOUT`.
   */
  readonly timeout?: FieldInputs['tasks.timeout'] | undefined
  /**
   * A task under which a task worker or the task server died this often is given up.
   * Expects an integer 1-1000.
   * Also: `TSRV_TASKS__MAX_CRASHES`.
   * @default 3
   */
  readonly maxCrashes?: FieldInputs['tasks.maxCrashes'] | undefined
  /**
   * What becomes of a task whose task worker dies: another attempt (it may run twice), or its end ("fail": it runs at most once).
   * Expects one of retry, fail.
   * Also: `TSRV_TASKS__ON_CRASH`.
   * @default 'retry'
   */
  readonly onCrash?: FieldInputs['tasks.onCrash'] | undefined
  /**
   * Number of tasks that may be open at a time, shared out evenly among the HTTP workers.
   * Expects an integer 1-100000000.
   * Also: `TSRV_TASKS__MAX_QUEUED`.
   * @default 200000
   */
  readonly maxQueued?: FieldInputs['tasks.maxQueued'] | undefined
  /**
   * Size of the data of all open tasks, shared out evenly among the HTTP workers.
   * Expects bytes, or a text such as 512kb, 64mb, 1gb (at least 1024 bytes).
   * Also: `TSRV_TASKS__MAX_QUEUED_BYTES`.
   * @default 268435456
   */
  readonly maxQueuedBytes?: FieldInputs['tasks.maxQueuedBytes'] | undefined
  /**
   * What submit() does at these limits: throw TSRV_TASK_QUEUE_FULL, or hold the task back until `accepted` resolves. task() always throws.
   * Expects one of throw, wait.
   * Also: `TSRV_TASKS__WHEN_FULL`.
   * @default 'throw'
   */
  readonly whenFull?: FieldInputs['tasks.whenFull'] | undefined
  /**
   * Number of tasks after which a task worker is replaced by a fresh one; 0 is never.
   * Expects an integer 0-1000000000.
   * Also: `TSRV_TASKS__MAX_REQUESTS`.
   * @default 0
   */
  readonly maxRequests?: FieldInputs['tasks.maxRequests'] | undefined
  /**
   * Size the JavaScript heap of one task worker may reach (Buffers and objects just made are not counted); a task that exceeds it fails and its worker is replaced. Without it three eighths of the memory of the machine or container, shared out among the task workers, from 64 MB to 4 GB each.
   * Expects bytes, or a text such as 512kb, 64mb, 1gb (at least 8388608 bytes).
   * Also: `TSRV_TASKS__MEMORY_LIMIT`.
   */
  readonly memoryLimit?: FieldInputs['tasks.memoryLimit'] | undefined
  /**
   * Queues besides "default", as names or as { name, weight, sync }: see tasks.selector for the weight (1 unless given, also that of "default"); tasks of a sync queue run at once in the process that sends them.
   * Expects a list of names (letters, digits, . _ -), or of { name, weight, sync } with a weight of 1-1000; no name twice, and "default" not sync.
   * Also: `TSRV_TASKS__QUEUES`.
   * @default []
   */
  readonly queues?: FieldInputs['tasks.queues'] | undefined
  /**
   * Which queue a task goes to that names none itself, by the name of the task as `tsrv task list` shows it; "*" stands for all others.
   * Expects queues by the names of tasks, such as { "src/tasks/mail#sendMail": "mail", "*": "rest" }.
   * @default {}
   */
  readonly routes?: FieldInputs['tasks.routes'] | undefined
  /**
   * From which queue with work the next task is taken: "weighted" by chance according to their weights, "strict" the one of most weight, "round-robin" one after the other.
   * Expects one of weighted, strict, round-robin.
   * Also: `TSRV_TASKS__SELECTOR`.
   * @default 'weighted'
   */
  readonly selector?: FieldInputs['tasks.selector'] | undefined
  /**
   * How long and how many records of ended tasks stay in the task log.
   * Expects { age, count } such as { age: "168h", count: 100000 }.
   * @default {"age":604800000,"count":100000}
   */
  readonly keep?: FieldInputs['tasks.keep'] | undefined
  /**
   * How much task workers give way to HTTP workers when the CPU is short: 0 (not at all) to 19.
   * Expects an integer 0-19.
   * Also: `TSRV_TASKS__NICE`.
   * @default 10
   */
  readonly nice?: FieldInputs['tasks.nice'] | undefined
}
