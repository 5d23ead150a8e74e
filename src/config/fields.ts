/**
 * THE table of settings. Types, command line flags, environment names, INI names, the hover text of `UserConfig`
 * and the reference derive from it: a new setting is one row here (and `npm run generate`).
 */
import { type Field, row } from './field.ts'
import {
  appEntry,
  count,
  duration,
  flag,
  flagOrAuto,
  integer,
  list,
  listOrOne,
  oneOf,
  text,
} from './kinds.ts'
import { listenerLists } from './listener-lists.ts'
import { scheduleList } from './schedule-list.ts'
import { serviceList } from './service-list.ts'
import { bytes } from './task-kinds.ts'
import { swooleLogLevel, swooleSeconds } from './swoole.ts'
import { TASK_FIELDS } from './task-fields.ts'
import { tlsSetting } from './tls-setting.ts'

const SECOND = 1000
const MEGABYTE = 1024 ** 2

export const FIELDS = {
  host: row({
    is: text('an address or a host name'),
    default: '127.0.0.1',
    flag: '--host <address>',
    swoole: { key: 'host' },
    reload: 'workers',
    doc: 'Address to listen on; 0.0.0.0 or :: for all.',
  }),
  port: row({
    is: integer(0, 65_535, 'Invalid port'),
    default: 8080,
    flag: '--port <number>',
    swoole: { key: 'port' },
    reload: 'workers',
    doc: 'Port to listen on; 0 takes a free one.',
  }),
  socket: row({
    is: text('the path of a Unix socket'),
    default: undefined,
    reload: 'workers',
    doc: 'Path of a Unix socket to listen on instead of host and port; @name is one without a file (Linux).',
  }),
  workers: row({
    is: count(1, 1024),
    default: 'auto',
    flag: '-w, --workers <n|auto>',
    swoole: { key: 'worker_num' },
    reload: 'live',
    doc: 'Number of HTTP worker processes; "auto" is one per available CPU.',
  }),
  taskWorkers: row({
    is: count(0, 1024),
    default: 0,
    flag: '-t, --task-workers <n|auto>',
    swoole: { key: 'task_worker_num' },
    reload: 'live',
    doc: 'Number of task workers, which is how many tasks run at a time; 0 turns tasks off.',
  }),
  app: row({
    is: appEntry(),
    default: undefined,
    reload: 'workers',
    doc: 'Module of the app, as a path or { module, kind }; without it the first of src/app, app, src/index.',
  }),
  container: row({
    is: text('a module path'),
    default: undefined,
    reload: 'workers',
    doc: 'Module that defines the services of the container.',
  }),
  boot: row({
    is: listOrOne(),
    default: [],
    reload: 'workers',
    doc: 'Modules that every worker loads first; a default export that is a function is called with the server, and awaited.',
  }),
  listeners: row({
    is: listenerLists(),
    default: {},
    reload: 'workers',
    doc: 'Listeners of each event, run in this order before the shipped ones.',
  }),
  services: row({
    is: serviceList(),
    default: [],
    reload: 'workers',
    doc: 'Long-running programs of yours, a process each, started in this order and kept alive as `restart` says: "always", "on-failure", "no" or "no-error" (no, and no end of it is an error).',
  }),
  schedules: row({
    is: scheduleList(),
    default: [],
    reload: 'workers',
    doc: 'Tasks that are sent again and again, by the task server and so once, however many workers there are.',
  }),
  name: row({
    is: text(),
    default: 'tsrv',
    reload: 'restart',
    doc: 'Name of this server, shown in process titles and logs.',
  }),
  envFile: row({
    is: text('the path of a file of variables'),
    default: '.env',
    reload: 'workers',
    doc: 'File of NAME=value lines that your code finds in its environment; a variable that is set already wins.',
  }),
  ...TASK_FIELDS,
  'http.keepAliveTimeout': row({
    is: duration(),
    default: 5 * SECOND,
    reload: 'workers',
    doc: 'How long an idle connection is kept for the next request.',
  }),
  'http.headersTimeout': row({
    is: duration(),
    default: 15 * SECOND,
    reload: 'workers',
    doc: 'How long a client may take to send the headers of a request.',
  }),
  'http.requestTimeout': row({
    is: duration(),
    default: 60 * SECOND,
    reload: 'workers',
    doc: 'How long a client may take to send a whole request.',
  }),
  'http.handlerTimeout': row({
    is: duration(),
    default: 0,
    reload: 'workers',
    doc: 'How long the app may take until it begins its answer, and then between two pieces of it: past that the client gets 503, or the end of its connection, and the signal of the request aborts. 0 is for ever.',
  }),
  'http.maxRequests': row({
    is: integer(0, 1_000_000_000),
    default: 0,
    swoole: { key: 'max_request' },
    reload: 'workers',
    doc: 'Number of requests after which an HTTP worker is replaced by a fresh one, up to a tenth earlier so that not all go at once; 0 is never.',
  }),
  'http.maxMemory': row({
    is: bytes(16 * MEGABYTE),
    default: undefined,
    reload: 'workers',
    doc: 'Resident memory of an HTTP worker above which it is replaced by a fresh one; without it memory does not matter.',
  }),
  'http.maxAge': row({
    is: duration(),
    default: 0,
    reload: 'workers',
    doc: 'Time after which an HTTP worker is replaced by a fresh one, up to a tenth earlier; 0 is never.',
  }),
  'http.tls': row({
    is: tlsSetting(),
    default: undefined,
    reload: 'workers',
    secret: ['passphrase'],
    doc: 'Serve HTTPS with this certificate and key; a reload reads both files again.',
  }),
  'processes.bootTimeout': row({
    is: duration(1),
    default: 30 * SECOND,
    reload: 'live',
    doc: 'How long a process may take until it is ready.',
  }),
  'processes.maxWaitTime': row({
    is: duration(),
    default: 30 * SECOND,
    swoole: { key: 'max_wait_time', read: swooleSeconds },
    reload: 'live',
    doc: 'How long a stopping process may finish what is open before it is killed.',
  }),
  'processes.workerTimeout': row({
    is: duration(),
    default: 60 * SECOND,
    reload: 'live',
    doc: 'How long the event loop of an HTTP worker or of the task server may be blocked until that process is killed and replaced; less than 3s counts as 3s, 0 is for ever, and a debugger (--inspect) may take its time.',
  }),
  'processes.shutdownDelay': row({
    is: duration(),
    default: 0,
    reload: 'live',
    doc: 'How long a server that was told to stop still takes requests while /ready of the admin listener says no: the time a load balancer needs to look elsewhere.',
  }),
  'processes.maxRestarts': row({
    is: integer(0, 1_000_000),
    default: 10,
    reload: 'live',
    doc: 'How many deaths of a process within restartWindow are answered by a new one.',
  }),
  'processes.restartWindow': row({
    is: duration(1),
    default: 60 * SECOND,
    reload: 'live',
    doc: 'The time over which maxRestarts counts.',
  }),
  'processes.execArgv': row({
    is: list(),
    default: [],
    reload: 'workers',
    doc: 'Options of Node for the processes that run your code, such as --import tsx.',
  }),
  'log.level': row({
    is: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    default: 'info',
    swoole: { key: 'log_level', read: swooleLogLevel },
    reload: 'workers',
    doc: 'The least important records that are still written.',
  }),
  'log.pretty': row({
    is: flagOrAuto(),
    default: 'auto',
    reload: 'restart',
    doc: 'Records for people instead of JSON; "auto" when the output is a terminal.',
  }),
  'log.access': row({
    is: flag(),
    default: false,
    swoole: { key: 'log_requests' },
    reload: 'workers',
    doc: 'One record for each request.',
  }),
  'log.file': row({
    is: text('the path of a file'),
    default: undefined,
    swoole: { key: 'log_file' },
    reload: 'restart',
    doc: 'File that records are appended to, instead of standard output or of server.log with -d; it may be moved away at any time, and a new one is made.',
  }),
  'admin.host': row({
    is: text('an address or a host name'),
    default: '127.0.0.1',
    reload: 'restart',
    doc: 'Address of the admin listener; probes of Kubernetes need 0.0.0.0.',
  }),
  'admin.port': row({
    is: integer(0, 65_535, 'Invalid port'),
    default: undefined,
    reload: 'restart',
    doc: 'Port at which GET /live, /ready and /status are answered, by the supervisor and so also when all workers are busy; 0 takes a free one, without it there is no such listener.',
  }),
  'admin.token': row({
    is: text(),
    default: undefined,
    secret: true,
    reload: 'restart',
    doc: 'What GET /status of the admin listener wants as `authorization: Bearer`; without it only this machine may ask. /live and /ready are for everyone.',
  }),
}

export type FieldKey = keyof typeof FIELDS

type Types<Key extends FieldKey> = NonNullable<(typeof FIELDS)[Key]['types']>

/** What users may write for each setting. */
export type FieldInputs = { readonly [Key in FieldKey]: Types<Key>['input'] }

/** What the server reads for each setting: its normal form. */
export type FieldValues = { readonly [Key in FieldKey]: Types<Key>['value'] }

export const FIELD_KEYS: readonly FieldKey[] = Object.keys(FIELDS).filter(isFieldKey)

/** The row of a key written anywhere; undefined when there is no such setting. */
export function findField(key: string): (Field & { readonly key: FieldKey }) | undefined {
  return isFieldKey(key) ? { ...FIELDS[key], key } : undefined
}

function isFieldKey(key: string): key is FieldKey {
  return Object.hasOwn(FIELDS, key)
}

/** First halves of two-part keys: `tasks`, `http` … */
export const FIELD_GROUPS: ReadonlySet<string> = new Set(
  FIELD_KEYS.filter((key) => key.includes('.')).map((key) => key.slice(0, key.indexOf('.'))),
)

/** `tasks.maxQueued` is `TSRV_TASKS__MAX_QUEUED`; listeners are a structure and have no place in the environment. */
export function envName(key: FieldKey): string | undefined {
  if (FIELDS[key].is.form === 'none') return undefined
  const parts = key.split('.').map((part) => part.replaceAll(/[A-Z]/g, '_$&').toUpperCase())
  return `TSRV_${parts.join('__')}`
}
