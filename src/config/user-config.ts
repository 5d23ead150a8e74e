/** What a config file may contain. GENERATED from `fields.ts` by `npm run generate`; do not edit. */
import type { FieldInputs } from './fields.ts'
import type { AdminConfig } from './user-config/admin.ts'
import type { HttpConfig } from './user-config/http.ts'
import type { LogConfig } from './user-config/log.ts'
import type { ProcessesConfig } from './user-config/processes.ts'
import type { TasksConfig } from './user-config/tasks.ts'

export interface UserConfig {
  /**
   * Address to listen on; 0.0.0.0 or :: for all.
   * Expects an address or a host name.
   * Also: `--host <address>`, `TSRV_HOST`.
   * @default '127.0.0.1'
   */
  readonly host?: FieldInputs['host'] | undefined
  /**
   * Port to listen on; 0 takes a free one.
   * Expects an integer 0-65535.
   * Also: `--port <number>`, `TSRV_PORT`.
   * @default 8080
   */
  readonly port?: FieldInputs['port'] | undefined
  /**
   * Path of a Unix socket to listen on instead of host and port; @name is one without a file (Linux).
   * Expects the path of a Unix socket.
   * Also: `TSRV_SOCKET`.
   */
  readonly socket?: FieldInputs['socket'] | undefined
  /**
   * Number of HTTP worker processes; "auto" is one per available CPU.
   * Expects an integer 1-1024 or "auto".
   * Also: `-w, --workers <n|auto>`, `TSRV_WORKERS`.
   * @default 'auto'
   */
  readonly workers?: FieldInputs['workers'] | undefined
  /**
   * Number of task workers, which is how many tasks run at a time; 0 turns tasks off.
   * Expects an integer 0-1024 or "auto".
   * Also: `-t, --task-workers <n|auto>`, `TSRV_TASK_WORKERS`.
   * @default 0
   */
  readonly taskWorkers?: FieldInputs['taskWorkers'] | undefined
  /**
   * Module of the app, as a path or { module, kind }; without it the first of src/app, app, src/index.
   * Expects a module path, or { module, kind } with kind "node", "web" or "auto".
   * Also: `TSRV_APP`.
   */
  readonly app?: FieldInputs['app'] | undefined
  /**
   * Module that defines the services of the container.
   * Expects a module path.
   * Also: `TSRV_CONTAINER`.
   */
  readonly container?: FieldInputs['container'] | undefined
  /**
   * Modules that every worker loads first; a default export that is a function is called with the server, and awaited.
   * Expects a text or a list of texts.
   * Also: `TSRV_BOOT`.
   * @default []
   */
  readonly boot?: FieldInputs['boot'] | undefined
  /**
   * Listeners of each event, run in this order before the shipped ones.
   * Expects a module path, "pkg:name#export", the name of a service, or { listener, deferred }.
   * @default {}
   */
  readonly listeners?: FieldInputs['listeners'] | undefined
  /**
   * Long-running programs of yours, a process each, started in this order and kept alive as `restart` says: "always", "on-failure", "no" or "no-error" (no, and no end of it is an error).
   * Expects { name: "./module.ts" } or { name: { module, restart, stopTimeout, killTimeout, env } }, or a list of these with `name`; each name once, of letters, digits, "-" and "_", with a letter first.
   * @default []
   */
  readonly services?: FieldInputs['services'] | undefined
  /**
   * Tasks that are sent again and again, by the task server and so once, however many workers there are.
   * Expects a list of { task, every } or { task, cron, timezone }, each with payload, missed ("skip", "once" or "all"), queue, label, and a name where two would be the same; every is at least 1s.
   * @default []
   */
  readonly schedules?: FieldInputs['schedules'] | undefined
  /**
   * Name of this server, shown in process titles and logs.
   * Expects a text that is not empty.
   * Also: `TSRV_NAME`.
   * @default 'tsrv'
   */
  readonly name?: FieldInputs['name'] | undefined
  /**
   * File of NAME=value lines that your code finds in its environment; a variable that is set already wins.
   * Expects the path of a file of variables.
   * Also: `TSRV_ENV_FILE`.
   * @default '.env'
   */
  readonly envFile?: FieldInputs['envFile'] | undefined
  readonly tasks?: TasksConfig
  readonly http?: HttpConfig
  readonly processes?: ProcessesConfig
  readonly log?: LogConfig
  readonly admin?: AdminConfig
}
