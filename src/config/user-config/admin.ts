/** The settings of `admin` in a config file. GENERATED from `fields.ts` by `npm run generate`; do not edit. */
import type { FieldInputs } from '../fields.ts'

export interface AdminConfig {
  /**
   * Address of the admin listener; probes of Kubernetes need 0.0.0.0.
   * Expects an address or a host name.
   * Also: `TSRV_ADMIN__HOST`.
   * @default '127.0.0.1'
   */
  readonly host?: FieldInputs['admin.host'] | undefined
  /**
   * Port at which GET /live, /ready and /status are answered, by the supervisor and so also when all workers are busy; 0 takes a free one, without it there is no such listener.
   * Expects an integer 0-65535.
   * Also: `TSRV_ADMIN__PORT`.
   */
  readonly port?: FieldInputs['admin.port'] | undefined
  /**
   * What GET /status of the admin listener wants as `authorization: Bearer`; without it only this machine may ask. /live and /ready are for everyone.
   * Expects a text that is not empty.
   * Also: `TSRV_ADMIN__TOKEN`.
   */
  readonly token?: FieldInputs['admin.token'] | undefined
}
