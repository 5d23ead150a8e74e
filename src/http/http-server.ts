/**
 * The HTTP server of one worker: listens on the descriptor of its slot, puts tasks into the kernel before the
 * bytes of an answer, and drains without losing a request.
 */
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http'
import net from 'node:net'

export interface HttpServerOptions {
  /** Milliseconds; see the `http` group of the config. */
  readonly keepAliveTimeout: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** Called right before the head and before the end of every answer. */
  readonly beforeBytes: () => void
}

export interface DrainOptions {
  /** Milliseconds that idle keep-alive connections get to ask once more and be told `Connection: close`. */
  readonly idleGrace: number
  /** Aborts when the time is up: what is open then is cut. */
  readonly deadline: AbortSignal
}

// How often node looks for connections past their timeouts; the default of 30 s makes short timeouts a lie.
const TIMEOUT_CHECK = 1000

export class HttpServer {
  readonly #server: Server
  #isDraining = false
  #drained: Promise<void> | undefined

  constructor(options: HttpServerOptions) {
    const isDraining = (): boolean => this.#isDraining
    this.#server = createServer(
      {
        ServerResponse: answering(options.beforeBytes, isDraining),
        keepAliveTimeout: options.keepAliveTimeout,
        headersTimeout: options.headersTimeout,
        requestTimeout: options.requestTimeout,
        connectionsCheckingInterval: TIMEOUT_CHECK,
      },
      options.handle,
    )
  }

  async listen(fd: number): Promise<void> {
    const listening = Promise.withResolvers<void>()
    this.#server.once('error', listening.reject)
    this.#server.listen({ fd }, listening.resolve)
    await listening.promise
    this.#server.off('error', listening.reject)
  }

  /**
   * Accepts nothing new and resolves when the last connection is gone.
   *
   * Only the listening handle is closed: `http.Server#close()` also destroys idle keep-alive connections, whose
   * next request may already be under way. They are told `Connection: close` with their next answer instead.
   */
  drain(options: DrainOptions): Promise<void> {
    this.#drained ??= this.#drain(options)
    return this.#drained
  }

  async #drain({ idleGrace, deadline }: DrainOptions): Promise<void> {
    this.#isDraining = true
    const closed = Promise.withResolvers<void>()
    net.Server.prototype.close.call(this.#server, () => closed.resolve())
    const idle = setTimeout(() => this.#server.closeIdleConnections(), idleGrace)
    const cut = (): void => {
      this.#server.closeAllConnections()
      closed.resolve()
    }
    if (deadline.aborted) cut()
    else deadline.addEventListener('abort', cut, { once: true })
    await closed.promise
    clearTimeout(idle)
  }
}

/** A ServerResponse class (node:http's own extension point) that is told right before bytes go out. */
function answering(beforeBytes: () => void, isDraining: () => boolean): typeof ServerResponse {
  return class Answer<Request extends IncomingMessage> extends ServerResponse<Request> {
    // Every way of answering comes through here, also implicit heads; late enough to know that the drain began.
    override writeHead(...parameters: unknown[]): this {
      beforeBytes()
      if (isDraining() && !this.headersSent) this.shouldKeepAlive = false
      return super.writeHead(...(parameters as [number]))
    }

    override end(...parameters: unknown[]): this {
      beforeBytes()
      return super.end(...(parameters as []))
    }
  } as typeof ServerResponse
}
