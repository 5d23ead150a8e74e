/** The settings of `log` in a config file. GENERATED from `fields.ts` by `npm run generate`; do not edit. */
import type { FieldInputs } from '../fields.ts'

export interface LogConfig {
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
  /**
   * File that records are appended to, instead of standard output or of server.log with -d; it may be moved away at any time, and a new one is made.
   * Expects the path of a file.
   * Also: `TSRV_LOG__FILE`.
   */
  readonly file?: FieldInputs['log.file'] | undefined
}
