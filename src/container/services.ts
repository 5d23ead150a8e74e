/** What a container is to the rest of the server, whatever made it. */

import type { ServiceLookup } from '../server.ts'

export interface Services extends ServiceLookup {
  /**
   * Ends the services that were made, the last one first, by `[Symbol.asyncDispose]` or `[Symbol.dispose]`.
   * A second call does nothing.
   *
   * @throws TsrvError TSRV_SERVICES_NOT_ENDED after all of them had their turn
   */
  dispose(): Promise<void>
}
