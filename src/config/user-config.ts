/** What a config file may contain. GENERATED from `fields.ts` by `npm run generate`; do not edit. */
import type { FieldInputs } from './fields.ts'

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
   * Path of a Unix socket to listen on instead of host and port.
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
   * Listeners of each event, run in this order before the shipped ones.
   * Expects a module path, "pkg:name#export", the name of a service, or { listener, deferred }.
   * @default {}
   */
  readonly listeners?: FieldInputs['listeners'] | undefined
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
  readonly tasks?: {
    /**
     * Where waiting tasks are kept.
     * Expects "memory".
     * Also: `TSRV_TASKS__BROKER`.
     * @default 'memory'
     */
    readonly broker?: FieldInputs['tasks.broker'] | undefined
    /**
     * Globs of the files whose exported classes and functions may travel as tasks.
     * Expects a text or a list of texts.
     * Also: `TSRV_TASKS__MODULES`.
     * @default []
     */
    readonly modules?: FieldInputs['tasks.modules'] | undefined
    /**
     * How much task workers give way to HTTP workers when the CPU is short: 0 (not at all) to 19.
     * Expects an integer 0-19.
     * Also: `TSRV_TASKS__NICE`.
     * @default 10
     */
    readonly nice?: FieldInputs['tasks.nice'] | undefined
  }
  readonly http?: {
    /**
     * How long an idle connection is kept for the next request.
     * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (0ms to 24 days).
     * Also: `TSRV_HTTP__KEEP_ALIVE_TIMEOUT`.
     * @default 5000
     */
    readonly keepAliveTimeout?: FieldInputs['http.keepAliveTimeout'] | undefined
    /**
     * How long a client may take to send the headers of a request.
     * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (0ms to 24 days).
     * Also: `TSRV_HTTP__HEADERS_TIMEOUT`.
     * @default 15000
     */
    readonly headersTimeout?: FieldInputs['http.headersTimeout'] | undefined
    /**
     * How long a client may take to send a whole request.
     * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (0ms to 24 days).
     * Also: `TSRV_HTTP__REQUEST_TIMEOUT`.
     * @default 60000
     */
    readonly requestTimeout?: FieldInputs['http.requestTimeout'] | undefined
  }
  readonly processes?: {
    /**
     * How long a process may take until it is ready.
     * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (1ms to 24 days).
     * Also: `TSRV_PROCESSES__BOOT_TIMEOUT`.
     * @default 30000
     */
    readonly bootTimeout?: FieldInputs['processes.bootTimeout'] | undefined
    /**
     * How long a stopping process may finish what is open before it is killed.
     * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (0ms to 24 days).
     * Also: `TSRV_PROCESSES__MAX_WAIT_TIME`.
     * @default 30000
     */
    readonly maxWaitTime?: FieldInputs['processes.maxWaitTime'] | undefined
    /**
     * How many deaths of a process within restartWindow are answered by a new one.
     * Expects an integer 0-1000000.
     * Also: `TSRV_PROCESSES__MAX_RESTARTS`.
     * @default 10
     */
    readonly maxRestarts?: FieldInputs['processes.maxRestarts'] | undefined
    /**
     * The time over which maxRestarts counts.
     * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (1ms to 24 days).
     * Also: `TSRV_PROCESSES__RESTART_WINDOW`.
     * @default 60000
     */
    readonly restartWindow?: FieldInputs['processes.restartWindow'] | undefined
    /**
     * Options of Node for the processes that run your code, such as --import tsx.
     * Expects a list of texts.
     * Also: `TSRV_PROCESSES__EXEC_ARGV`.
     * @default []
     */
    readonly execArgv?: FieldInputs['processes.execArgv'] | undefined
  }
  readonly log?: {
    /**
     * The least important records that are still written.
     * Expects one of trace, debug, info, warn, error, fatal, silent.
     * Also: `TSRV_LOG__LEVEL`.
     * @default 'info'
     */
    readonly level?: FieldInputs['log.level'] | undefined
    /**
     * Records for people instead of JSON; "auto" when the output is a terminal.
     * Expects true, false or "auto".
     * Also: `TSRV_LOG__PRETTY`.
     * @default 'auto'
     */
    readonly pretty?: FieldInputs['log.pretty'] | undefined
    /**
     * One record for each request.
     * Expects true or false.
     * Also: `TSRV_LOG__ACCESS`.
     * @default false
     */
    readonly access?: FieldInputs['log.access'] | undefined
  }
}
