/** docs/errors.md: the error table, and for each row what leads to it and what to do. */
import { type ErrorCode, type ErrorRow, ERRORS, EXIT } from '../src/errors.ts'

/** By code, so that a row without advice is a type error. */
const ADVICE: Readonly<Record<ErrorCode, string>> = {
  CONFIG_INVALID:
    'One line per problem names file, line, key and value. Correct them all; `tsrv config --check` looks again without starting anything.',
  CONFIG_NOT_FOUND: 'Correct the path after `-c`; it is relative to the current folder.',
  CONFIG_AMBIGUOUS: 'Keep one of the files, or say which one counts with `-c FILE`.',
  ALREADY_RUNNING:
    '`tsrv status` shows that server, `tsrv stop` ends it. A second one needs a folder or a config file of its own.',
  ALREADY_STARTED: 'Raised to programs that start a supervisor themselves: make a new one for each start.',
  DETACHED_ENDED:
    '`tsrv logs` shows the last lines. A process that ends without a word was mostly killed: by someone, or by the system for want of memory.',
  LOG_FILE_UNUSABLE:
    'The server does not start without the log that it was told to write. The reason comes from the system: a folder in the place of the file, or no right to write there. Once it runs, a log that cannot be written stops nothing.',
  LOG_MISSING:
    'A server writes a log file in the background (`tsrv start -d`), or where `log.file` says. Look where `tsrv start` was called, or name the configuration of the server with -c.',
  INIT_REFUSED: 'No file is ever overwritten. Make the project in a new folder and copy what you need.',
  INIT_FAILED:
    'The reason comes from the system: a file in the place of the folder, or no right to write there.',
  SERVER_NOT_RUNNING: 'Start it with `tsrv start`, or name its configuration with -c.',
  NOT_RUNNING:
    'The module was run by plain `node`, by a test or by a build. Start it with `tsrv start`, or give your code the `server` as a parameter and pass another one in tests. In a program with a TaskManager, send by `manager.submitTask()`.',
  PORT_IN_USE:
    'The message names the program that holds the address where the system tells. Stop it, or choose another port.',
  ADMIN_LISTEN_FAILED:
    'The start, or the restart, does not take place. It needs a port of its own beside that of the server; several servers on one machine need one each.',
  LISTEN_FAILED:
    'Mostly a port below 1024 without the right to it, or a host that is no address of this machine.',
  RUN_DIR_UNUSABLE:
    'The folder holds sockets and the lock and must be writable for you alone. Name another one with `TSRV_RUN_DIR`.',
  STOP_TIMEOUT:
    'A request or a task takes longer than the deadline. Wait longer with `--timeout`, or end it with `--force`.',
  ARGUMENT_INVALID:
    'An argument or option of a command. Nothing was done. To have no workers at all, stop the server: `tsrv stop`.',
  SCALE_FAILED:
    'A new worker did not start, or there is no socket for it; the log has its stack. What ran before goes on.',
  HANDLER_TIMEOUT:
    'The reason of `request.signal`, and in the log. Find out what the handler waits for, or raise `http.handlerTimeout`.',
  RESTART_FAILED:
    'Nothing has changed for your users. Correct what the reason names and restart again; `tsrv reload` is enough for new code of yours.',
  RESTART_ENDED:
    'The HTTP workers of the new code had started, something else of it had not: a task worker, a service, a listener of ServerStartEvent. Correct what the log names and start the server; waiting tasks are in the store.',
  RELOAD_FAILED: 'Nothing has changed for your users. Correct what the reason names and reload again.',
  CONTROL_FAILED:
    'The supervisor is busy or stopped (`kill -STOP`, a debugger). Try again; `tsrv stop --force` ends it.',
  BOOT_FAILED: 'The reason is the error your module, container or listener threw; the log has its stack.',
  BOOT_TIMEOUT:
    'Look for a module, a container factory or a WorkerStartEvent listener that waits for something that is not there.',
  APP_NOT_FOUND: 'Name the module with `app` in the config, relative to the config file.',
  APP_INVALID: 'Export one of the listed kinds, as default export.',
  APP_CLOSE_TIMEOUT: 'Look for a close hook that waits for a connection or a timer that does not end.',
  ANSWER_INVALID: 'Some way through the handler returns nothing: look for a missing `return` or `await`.',
  BODY_TAKEN: 'A body can be read once. Read it in the app, or answer in the listener.',
  MODULE_FAILED: 'The reason is what the module threw while it was loaded, or why it was not found.',
  LISTENER_MISSING:
    'A file path starts with `./` or `/`, a package with `pkg:`; anything else is the name of a service of the container.',
  LISTENER_INVALID:
    'Export a function `(event) => …`, a class with `handle(event)` or an object that has it; default export, or name it: `./file.ts#name`.',
  LISTENER_NOT_DEFERRABLE:
    'Deferred listeners are for your own event classes, exported by a file of `tasks.modules`. For the events of the server, call `server.task()` in the listener.',
  LISTENERS_FAILED:
    'From `events.collect()`, when all have ended. `cause.errors` holds what each of them threw.',
  CALLBACK_REFUSED:
    'Call `server.on()` for `task` and `finish` while a worker boots, in a module named under `boot`. Every other event has its listeners in the config.',
  TEST_SERVER_RUNNING:
    'There is one `server` per process, in tests, too. Stop the one of the last test in its end: `await using app = await TestServer.start(…)` does.',
  TASKS_NOT_DRAINED:
    'From `drain()` of a test. A task waits for something that does not come, such as another task when there is one task worker, or sends another one again and again.',
  EVENT_UNKNOWN:
    'The events are listed in [events.md](events.md); your own classes are named `./path.ts#Export`.',
  SERVICE_MISSING:
    'Add it to the module named by `container` in the config, or correct the name. [container.md](container.md) says who may ask when.',
  SERVICE_FAILED: 'The reason is what its factory threw.',
  SERVICES_NOT_ENDED:
    'The server has stopped nevertheless. The reasons are what the disposers of these services threw.',
  SERVICE_UNKNOWN:
    'Correct the name, or add the service to the config and reload. Services of the container come by `server.container.get()`.',
  SERVICE_METHOD_UNKNOWN:
    'Correct the name, or add the method to `methods` of what the module of the service exports.',
  SERVICE_TIMEOUT:
    '`tsrv status` shows whether the service runs. Raise the `timeout` of the call when its work takes longer.',
  SERVICE_LOST:
    'The log says why it ended. Call again if the method may run twice; tsrv does not repeat calls by itself.',
  TAG_DUPLICATE:
    'A task that names one of the two could run the other. Give one class or function a `taskName` of its own.',
  TASKS_DISABLED: 'Start with `-t 1` or more; with `-t 0` nothing would ever run the task.',
  TASK_NOT_SERIALISABLE:
    'Send plain data, or export the class or function from a file of `tasks.modules`. The path leads to the value: `$.a[0]` is the first item of `a`.',
  TASK_TOO_LARGE:
    "The limit holds for one task's data, its return value and its error, each as packed bytes. A return value that is too large fails only its own task.",
  TASK_FUNCTION_INVALID:
    'Give the function itself, not its name or its result: `new Task(sendMail, to)`, not `new Task(sendMail(to))`. A class that runs extends `AbstractTask`, and its instances are sent themselves; `tsrv task run` and schedules may name such a class.',
  TASK_DEFINITION_INVALID:
    'Correct that field of the call of `defineTask()` or `handles()`, that parameter of `new ServiceBasedTask()`, or that method of the task class.',
  TASK_INPUT_INVALID:
    'The message names every bad path; `$` is the input itself. Nothing was queued, unless the task was sent by name (`tsrv task run`, a schedule): then it has failed. In an HTTP handler this is mostly an answer 400.',
  TASK_SCHEMA_ASYNC:
    'Sending a task returns at once, so its check cannot wait. Leave the part that asks a database or a network out of the schema.',
  TASK_PROGRESS_INVALID: 'Report objects such as `{ message: "resized", completion: 3, target: 10 }`.',
  TASK_SERVICE_INVALID:
    'Correct the entry, or what the module or the container gives for it: an object with these methods, not its class.',
  HANDLER_UNREACHABLE:
    'Files of `tasks.handlers` are loaded in task workers only. Put the message class into a file of `tasks.modules`, which every process loads, and import it from there.',
  TASK_TYPE_UNKNOWN:
    'The sender knows a class or function that the receiver does not. Add its file to `tasks.modules`; after a rename, keep the old name with `static taskName`.',
  TASK_UNHANDLED:
    'Without a listener or a handler a task would be lost in silence, so it fails. `tasks.unhandled` can make it complete instead, with a warning or without.',
  TASK_TIMEOUT:
    'Only the waiting has ended: the task goes on, and its TaskFinishEvent will come. Give more time with `{ timeout }`.',
  TASK_CANCELLED: '`handle.cancel()` or the `signal` of the call ended it; nothing to do.',
  TASK_REPORTED_ERROR:
    'The task returned a `Report` with an error in it. The whole report is in the field `report` of the error, in `reportOf()` of its end and in `tsrv task show`.',
  TASK_CRASHED:
    'Native code, memory or `process.exit()` ended the thread or process each time. Run the task alone to see why.',
  TASK_TIMED_OUT:
    'Give it more time with the option `timeout` or `tasks.timeout`, end early on `event.signal`, or allow more `attempts`.',
  TASK_OUT_OF_MEMORY: 'Work on less at a time, or raise `tasks.memoryLimit`. Other tasks were not harmed.',
  TASK_NOT_FOUND:
    'Look for it with `tsrv task list`; its id is what `server.task()` returned. Records of ended tasks stay as long as `tasks.keep` says.',
  TASK_SERVER_MISSING:
    'Start the server with `-t 1` or more: without task workers there are no tasks to look at.',
  TASK_SERVER_SILENT:
    'It starts, stops, has just been replaced after a crash, or has more to do than it can; the log of the server says which.',
  WORK_LEFT: 'What a second signal to `tsrv work` means. No task is lost.',
  WORK_OVER: 'The answer to an order for a `tsrv work` that has ended; there is nothing to do.',
  TASK_QUERY_INVALID:
    'Correct the condition, such as `status=failed`, `name~mail%`, `attempt>1` or `createdAt>-1h`. A cursor belongs to the query whose page it came with.',
  TASK_OPTION_INVALID: 'Correct the option; times are milliseconds or texts such as `5s`.',
  SCHEDULE_INVALID:
    'Correct the expression: minute, hour, day of the month, month, day of the week, with seconds before them if there are six fields. For plain intervals there is `every`.',
  QUEUE_UNKNOWN: 'Correct the name, or add the queue to `tasks.queues`.',
  QUEUE_SYNC:
    'Name a queue whose tasks wait for a task worker, or take `sync: true` from this one in `tasks.queues`.',
  TASK_QUEUE_FULL:
    'Answer 503 and let the client come again, raise `tasks.maxQueued` or `tasks.maxQueuedBytes`, or use `whenFull: "wait"` with `await server.submit(...).accepted`.',
  TASK_MANAGER_ENDED:
    'Await what you have submitted before `terminate()`, or give it time: `terminate("10s")`. Tasks in an SQLite queue run in the next program.',
  BROKER_UNAVAILABLE:
    'Mostly a full disk or one that does not answer. The call may be made again: the broker goes on by itself when the reason has gone.',
  BROKER_LOST:
    'Its thread has died, its file is damaged, or it was closed. Calling again does not help; the supervisor starts the task server anew, which reads the file again.',
  BROKER_REFUSED: 'One call asked for what cannot be kept; all others go on. The reason names what it was.',
  STORE_LOCKED:
    'One process owns a task store. The message names that process where the system tells. For the tasks of a running server use `tsrv task`, which asks that server.',
  STORE_INVALID:
    'The file was cut, overwritten, or belongs to another program. tsrv never starts with an empty store by itself, because accepted tasks would be gone without a word.',
  STORE_TOO_NEW: 'A store only moves forward: an older tsrv could not keep what the newer one has written.',
  STORE_UNUSABLE:
    'The folder is missing, is not writable for this user, or lies on a read-only file system. With `tasks.broker: "memory"` waiting tasks are gone when the task server ends.',
  IDS_EXHAUSTED:
    'A loop sends tasks without ever awaiting. Let the event loop turn: `await` something now and then.',
  FRAME_INVALID: 'Two versions of tsrv speak to each other, or a foreign program does. Restart the server.',
}

export function errorReference(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[]
  return [HEAD, ...codes.map(section)].join('\n')
}

const HEAD = `<!-- GENERATED from src/errors.ts by \`npm run generate\`; do not edit. -->

# Errors

Every failure that tsrv reports has a code, which does not change when its sentence does. In code: \`error instanceof TsrvError && error.code === 'TSRV_TASK_TIMEOUT'\`; \`error.details\` holds what fills the ‹gaps› of the sentence.

The exit status is the one of \`tsrv\` when the error ends it: ${EXIT.failure} for a failure, ${EXIT.config} for a wrong configuration. \`tsrv status\` ends with ${EXIT.notRunning} when no server runs.
`

function section(code: ErrorCode): string {
  const { text, exit = EXIT.failure }: ErrorRow = ERRORS[code]
  const sentence = text.replaceAll(/\{(\w+)\}/g, '‹$1›')
  return `## TSRV_${code}\n\n> ${sentence}\n\nExit status ${exit}. ${ADVICE[code]}\n`
}
