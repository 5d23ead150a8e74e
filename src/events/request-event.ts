/** A request on its way to the app; a listener may answer it first. */
import type { Server } from '../server.ts'

/** In an HTTP worker, before the app, and only when a listener is configured. */
export class RequestEvent {
  readonly server: Server
  readonly request: Request
  #response: Response | undefined

  constructor(server: Server, request: Request) {
    this.server = server
    this.request = request
  }

  /** Answers the request; the app and the listeners after this one do not see it. The first answer counts. */
  respond(response: Response): void {
    this.#response ??= response
  }

  get response(): Response | undefined {
    return this.#response
  }

  get propagationStopped(): boolean {
    return this.#response !== undefined
  }
}
