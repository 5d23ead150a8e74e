/** What a container is to the rest of the server, whatever made it. */

export interface Services {
  has(name: string): boolean
  /**
   * The service, made on the first call and kept; a promise of it when its factory is async.
   *
   * @throws TsrvError TSRV_SERVICE_MISSING, or TSRV_SERVICE_FAILED with what the factory threw as its cause
   */
  get(name: string): unknown
  /**
   * Ends the services that were made, the last one first, by `[Symbol.asyncDispose]` or `[Symbol.dispose]`.
   * A second call does nothing.
   *
   * @throws TsrvError TSRV_SERVICES_NOT_ENDED after all of them had their turn
   */
  dispose(): Promise<void>
}
