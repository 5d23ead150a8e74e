/** The settings of `http` in a config file. GENERATED from `fields.ts` by `npm run generate`; do not edit. */
import type { FieldInputs } from '../fields.ts'

export interface HttpConfig {
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
  /**
   * How long the app may take until it begins its answer, and then between two pieces of it: past that the client gets 503, or the end of its connection, and the signal of the request aborts. 0 is for ever.
   * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (0ms to 24 days).
   * Also: `TSRV_HTTP__HANDLER_TIMEOUT`.
   * @default 0
   */
  readonly handlerTimeout?: FieldInputs['http.handlerTimeout'] | undefined
  /**
   * Number of requests after which an HTTP worker is replaced by a fresh one, up to a tenth earlier so that not all go at once; 0 is never.
   * Expects an integer 0-1000000000.
   * Also: `TSRV_HTTP__MAX_REQUESTS`.
   * @default 0
   */
  readonly maxRequests?: FieldInputs['http.maxRequests'] | undefined
  /**
   * Resident memory of an HTTP worker above which it is replaced by a fresh one; without it memory does not matter.
   * Expects bytes, or a text such as 512kb, 64mb, 1gb (at least 16777216 bytes).
   * Also: `TSRV_HTTP__MAX_MEMORY`.
   */
  readonly maxMemory?: FieldInputs['http.maxMemory'] | undefined
  /**
   * Time after which an HTTP worker is replaced by a fresh one, up to a tenth earlier; 0 is never.
   * Expects milliseconds, or a text such as 500ms, 5s, 2m, 1h (0ms to 24 days).
   * Also: `TSRV_HTTP__MAX_AGE`.
   * @default 0
   */
  readonly maxAge?: FieldInputs['http.maxAge'] | undefined
  /**
   * Serve HTTPS with this certificate and key; a reload reads both files again.
   * Expects { cert, key } with the paths of both files, and { passphrase } if the key has one.
   */
  readonly tls?: FieldInputs['http.tls'] | undefined
}
