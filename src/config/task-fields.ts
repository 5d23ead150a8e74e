/** The rows of the table of settings that begin with `tasks.`. */
import { row } from './field.ts'
import { duration, flag, integer, listOrOne, oneOf, text } from './kinds.ts'
import { queueList, queueRoutes } from './queue-kinds.ts'
import { backoffPolicy, bytes, DEFAULT_BACKOFF, DEFAULT_KEEP, keep } from './task-kinds.ts'

const MEGABYTE = 1024 ** 2

export const TASK_FIELDS = {
  'tasks.broker': row({
    is: oneOf(['sqlite', 'memory']),
    default: undefined,
    reload: 'restart',
    doc: 'Where tasks are kept until they are done: "sqlite" in the run directory, "memory" for those that may be lost; without it sqlite, or memory when the directory cannot be written.',
  }),
  'tasks.durability': row({
    is: oneOf(['process', 'power']),
    default: 'process',
    reload: 'restart',
    doc: 'What accepted tasks survive: the end of any "process", or also the loss of "power" (each commit waits for the disk).',
  }),
  'tasks.modules': row({
    is: listOrOne(),
    default: [],
    reload: 'workers',
    doc: 'Globs of the files whose exported classes and functions may travel as tasks.',
  }),
  'tasks.handlers': row({
    is: listOrOne(),
    default: [],
    reload: 'workers',
    doc: 'Globs of files whose handlers, made with handles(), are loaded in task workers only; for those that import much. Their messages come from tasks.modules.',
  }),
  'tasks.unhandled': row({
    is: oneOf(['fail', 'warn', 'ignore']),
    default: 'fail',
    reload: 'workers',
    doc: 'What becomes of a task that no listener and no handler knew: it fails with TSRV_TASK_UNHANDLED, or completes with a warning, or in silence.',
  }),
  'tasks.dispatchEvents': row({
    is: flag(),
    default: false,
    reload: 'workers',
    doc: 'Whether a task whose data is an object nothing else runs is dispatched as an event to the listeners of its class.',
  }),
  'tasks.dispatcher': row({
    is: text('a module path, "pkg:name#export" or the name of a service'),
    default: undefined,
    reload: 'workers',
    doc: 'The dispatcher for tasks.dispatchEvents, an object with dispatch(event); without it the one of the listeners.',
  }),
  'tasks.logger': row({
    is: text('a module path, "pkg:name#export" or the name of a service'),
    default: undefined,
    reload: 'workers',
    doc: 'A logger that the shipped task listeners tell what they begin and what fails; without it the log of the server, which shows beginnings at level debug.',
  }),
  'tasks.concurrency': row({
    is: integer(1, 1000),
    default: 1,
    reload: 'workers',
    doc: 'Number of tasks one task worker runs at a time; more than 1 only helps handlers that are async.',
  }),
  'tasks.coroutine': row({
    is: flag(),
    default: false,
    swoole: { key: 'task_enable_coroutine' },
    reload: 'workers',
    doc: "Calls the handler of server.on('task') with (server, task) instead of (server, taskId, sourceWorkerId, data).",
  }),
  'tasks.attempts': row({
    is: integer(1, 1000),
    default: 1,
    reload: 'workers',
    doc: 'How often a task may run before an error it throws is its end.',
  }),
  'tasks.backoff': row({
    is: backoffPolicy(),
    default: DEFAULT_BACKOFF,
    reload: 'workers',
    doc: 'The pause before another attempt: "fixed", or "exponential" with jitter, which doubles delay each time up to longest.',
  }),
  'tasks.timeout': row({
    is: duration(1),
    default: undefined,
    reload: 'workers',
    doc: 'How long one attempt may take: its signal aborts then, and a task worker that does not end it is replaced; without it there is no limit.',
  }),
  'tasks.maxCrashes': row({
    is: integer(1, 1000),
    default: 3,
    reload: 'workers',
    doc: 'A task under which a task worker or the task server died this often is given up.',
  }),
  'tasks.onCrash': row({
    is: oneOf(['retry', 'fail']),
    default: 'retry',
    reload: 'workers',
    doc: 'What becomes of a task whose task worker dies: another attempt (it may run twice), or its end ("fail": it runs at most once).',
  }),
  'tasks.maxQueued': row({
    is: integer(1, 100_000_000),
    default: 200_000,
    reload: 'workers',
    doc: 'Number of tasks that may be open at a time, shared out evenly among the HTTP workers.',
  }),
  'tasks.maxQueuedBytes': row({
    is: bytes(1024),
    default: 256 * MEGABYTE,
    reload: 'workers',
    doc: 'Size of the data of all open tasks, shared out evenly among the HTTP workers.',
  }),
  'tasks.whenFull': row({
    is: oneOf(['throw', 'wait']),
    default: 'throw',
    reload: 'workers',
    doc: 'What submit() does at these limits: throw TSRV_TASK_QUEUE_FULL, or hold the task back until `accepted` resolves. task() always throws.',
  }),
  'tasks.maxRequests': row({
    is: integer(0, 1_000_000_000),
    default: 0,
    swoole: { key: 'task_max_request' },
    reload: 'workers',
    doc: 'Number of tasks after which a task worker is replaced by a fresh one; 0 is never.',
  }),
  'tasks.memoryLimit': row({
    is: bytes(8 * MEGABYTE),
    default: undefined,
    reload: 'workers',
    doc: 'Size the JavaScript heap of one task worker may reach (Buffers and objects just made are not counted); a task that exceeds it fails and its worker is replaced. Without it three eighths of the memory of the machine or container, shared out among the task workers, from 64 MB to 4 GB each.',
  }),
  'tasks.queues': row({
    is: queueList(),
    default: [],
    reload: 'workers',
    doc: 'Queues besides "default", as names or as { name, weight, sync }: see tasks.selector for the weight (1 unless given, also that of "default"); tasks of a sync queue run at once in the process that sends them.',
  }),
  'tasks.routes': row({
    is: queueRoutes(),
    default: {},
    reload: 'workers',
    doc: 'Which queue a task goes to that names none itself, by the name of the task as `tsrv task list` shows it; "*" stands for all others.',
  }),
  'tasks.selector': row({
    is: oneOf(['weighted', 'strict', 'round-robin']),
    default: 'weighted',
    reload: 'workers',
    doc: 'From which queue with work the next task is taken: "weighted" by chance according to their weights, "strict" the one of most weight, "round-robin" one after the other.',
  }),
  'tasks.keep': row({
    is: keep(),
    default: DEFAULT_KEEP,
    reload: 'restart',
    doc: 'How long and how many records of ended tasks stay in the task log.',
  }),
  'tasks.nice': row({
    is: integer(0, 19),
    default: 10,
    reload: 'workers',
    doc: 'How much task workers give way to HTTP workers when the CPU is short: 0 (not at all) to 19.',
  }),
} as const
