/** The settings of `processes` in a config file. GENERATED from `fields.ts` by `npm run generate`; do not edit. */
import type { FieldInputs } from '../fields.ts'

export interface ProcessesConfig {
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
   * How long the event loop of an HTTP worker or of the task server may be blocked until that process is killed and replaced; less than 3s counts as 3s, 0 is for ever, and a debugger (--inspect) may take its time.
   * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (0ms to 24 days).
   * Also: `TSRV_PROCESSES__WORKER_TIMEOUT`.
   * @default 60000
   */
  readonly workerTimeout?: FieldInputs['processes.workerTimeout'] | undefined
  /**
   * How long a server that was told to stop still takes requests while /ready of the admin listener says no: the time a load balancer needs to look elsewhere.
   * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (0ms to 24 days).
   * Also: `TSRV_PROCESSES__SHUTDOWN_DELAY`.
   * @default 0
   */
  readonly shutdownDelay?: FieldInputs['processes.shutdownDelay'] | undefined
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
