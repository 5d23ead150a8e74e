/** How the services of the container are reached. */

/** Services of the container by their names. */
export interface ServiceLookup {
  has(name: string): boolean
  /**
   * The service, made on the first call and kept; a promise of it when its factory is async.
   *
   * @throws TsrvError `TSRV_SERVICE_MISSING`; `TSRV_SERVICE_FAILED` with what the factory threw as its cause
   */
  get(name: string): unknown
}
