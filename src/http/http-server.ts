/**
 * The HTTP server of one worker: listens on the descriptor of its slot, puts tasks into the kernel before the
 * bytes of an answer, and drains without losing a request.
 */
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http'
import net, { type Socket } from 'node:net'
import type { Server as SecureServer } from 'node:https'
import type { TlsFiles } from '../config/tls-files.ts'
import { messageOf, TsrvError } from '../errors.ts'
import { Connections, type SeenConnections } from './connections.ts'
import { closeWhenEmpty } from './listener-end.ts'
import { createSecureServer } from './secure-server.ts'
import type { OpenRequests } from './open-requests.ts'
import type { Upgrades } from './upgrades.ts'

export interface HttpServerOptions {
  /** Milliseconds; see the `http` group of the config. */
  readonly keepAliveTimeout: number
  readonly headersTimeout: number
  /** Milliseconds; 0 waits for ever. */
  readonly requestTimeout: number
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** Those that `handle` serves. */
  readonly open: OpenRequests
  /** Without it the server speaks plain HTTP. */
  readonly secure?: TlsFiles | undefined
  /** Without it requests for an upgrade are ordinary ones. */
  readonly upgrades?: Upgrades
  /** Whether `handle` answers `Expect` headers itself. Default: they are answered before it, as node does. */
  readonly handlesExpect?: boolean
  /** Called right before any bytes of an answer are written; more often than once an answer. */
  readonly beforeBytes: () => void
}

/** A bound socket, or its descriptor. */
type Slot = number | Socket | { readonly fd: number }

/** Node's handle of a bound socket, as it comes from another process. */
export interface Adoptable {
  close(): void
}

export interface DrainOptions {
  /** Milliseconds that idle keep-alive connections get to ask once more and be told `Connection: close`. */
  readonly idleGrace: number
  /** Aborts when the time is up: what is open then is cut. */
  readonly deadline: AbortSignal
  /** Nobody else accepts from these sockets. Default: somebody does. */
  readonly givesUpSockets?: boolean | undefined
  /** Told right before the cut. */
  readonly onCut?: (seen: SeenConnections) => void
}

// How often node looks for connections past their timeouts; the default of 30 s makes short timeouts a lie.
const TIMEOUT_CHECK = 1000

export class HttpServer {
  readonly #server: Server | SecureServer
  readonly #connections: Connections
  /** Listeners on other sockets than that of its own slot. */
  readonly #adopted = new Map<string, net.Server>()
  /** Those given back, whose connections are still served. */
  readonly #released = new Set<Promise<void>>()
  #isDraining = false
  #drained: Promise<void> | undefined

  constructor(options: HttpServerOptions) {
    const { handle, requestTimeout, headersTimeout, upgrades, secure } = options
    this.#connections = new Connections(options.open)
    const isDraining = (): boolean => this.#isDraining
    const settings = {
      ServerResponse: answering(options.beforeBytes, isDraining),
      keepAliveTimeout: options.keepAliveTimeout,
      requestTimeout,
      // node refuses to wait longer for the headers than for the whole request.
      headersTimeout: requestTimeout === 0 ? headersTimeout : Math.min(headersTimeout, requestTimeout),
      connectionsCheckingInterval: TIMEOUT_CHECK,
      // The request gate does it: node answers 400 and goes on with the next request of the connection.
      requireHostHeader: false,
      ...(upgrades !== undefined && { shouldUpgradeCallback: upgrades.wanted }),
    }
    this.#server =
      secure === undefined
        ? createServer(settings, handle)
        : createSecureServer({ ...settings, ...secure }, handle, headersTimeout)
    if (options.handlesExpect === true)
      this.#server.on('checkContinue', handle).on('checkExpectation', handle)
    if (upgrades !== undefined) this.#server.on('upgrade', this.#upgrade(upgrades))
    if (secure === undefined) this.#server.on('connection', (socket) => this.#connections.add(socket))
    else {
      this.#server.on('connection', (socket: Socket) => this.#connections.addBeneath(socket))
      this.#server.on('secureConnection', (socket: Socket) => this.#connections.add(socket))
    }
  }

  #upgrade({ take }: Upgrades): Upgrades['take'] {
    return (request, socket, head) => {
      this.#connections.upgraded(request, socket)
      take(request, socket, head)
    }
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#connections.size
  }

  /** What they are doing now. */
  look(): SeenConnections {
    return this.#connections.look()
  }

  /** @throws TsrvError TSRV_LISTEN_FAILED */
  async listen(slot: Slot): Promise<void> {
    const listening = Promise.withResolvers<void>()
    this.#server.once('error', listening.reject)
    try {
      // net's, because `listen` of http.Server may be caught for the user's program.
      const socket = typeof slot === 'number' ? { fd: slot } : slot
      net.Server.prototype.listen.call(this.#server, socket, listening.resolve)
      await listening.promise
    } catch (error) {
      throw new TsrvError(
        'LISTEN_FAILED',
        { address: nameOf(slot), reason: messageOf(error) },
        { cause: error },
      )
    } finally {
      this.#server.off('error', listening.reject)
    }
  }

  /**
   * Serves the connections of another listening socket, too, until the drain or its release.
   *
   * @param key by which it will be released
   */
  adopt(key: string, handle: Adoptable): void {
    if (this.#isDraining) return handle.close()
    this.release(key)
    // What http.Server asks of its own connections.
    const listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (connection) => {
      this.#server.emit('connection', connection)
    })
    this.#adopted.set(key, listener.listen(handle))
  }

  /**
   * Accepts nothing more from that socket. What waits in it is left to others.
   *
   * @param isGivenUp there are no others: what waits is taken in first
   */
  release(key: string, isGivenUp = false): void {
    const listener = this.#adopted.get(key)
    if (listener === undefined) return
    this.#adopted.delete(key)
    const end = isGivenUp ? endListener : closeListener
    const closed = end(listener).finally(() => this.#released.delete(closed))
    this.#released.add(closed)
  }

  /**
   * Accepts nothing new and resolves when the last connection is gone. A second call joins the first.
   *
   * Only the listening handle is closed: `http.Server#close()` also destroys idle keep-alive connections, whose
   * next request may already be under way. They are told `Connection: close` with their next answer instead.
   */
  drain(options: DrainOptions): Promise<void> {
    this.#drained ??= this.#drain(options)
    return this.#drained
  }

  async #drain({ idleGrace, deadline, givesUpSockets = false, onCut }: DrainOptions): Promise<void> {
    this.#isDraining = true
    this.#shortenKeepAlive(idleGrace)
    const listeners = [this.#server, ...this.#adopted.values()]
    if (givesUpSockets) await closeWhenEmpty(listeners)
    const closed = Promise.all([...listeners.map(closeListener), ...this.#released])
    // What has arrived while the process was busy is read first.
    const idle = setTimeout(() => setImmediate(() => this.#closeIdle()), idleGrace)
    const cut = (): void => {
      onCut?.(this.#connections.look())
      this.#connections.cut()
    }
    if (deadline.aborted) cut()
    else deadline.addEventListener('abort', cut)
    await closed
    clearTimeout(idle)
    deadline.removeEventListener('abort', cut)
  }

  /** Also for answers that have begun already, with a promise to keep the connection: once idle they get the same time. */
  #shortenKeepAlive(idleGrace: number): void {
    const { keepAliveTimeout } = this.#server
    if (keepAliveTimeout > 0 && keepAliveTimeout <= idleGrace) return
    // 0 would be for ever.
    this.#server.keepAliveTimeout = Math.max(1, idleGrace)
    this.#server.keepAliveTimeoutBuffer = 0
  }

  #closeIdle(): void {
    this.#server.closeIdleConnections()
    this.#connections.closeSilent()
  }
}

/** Resolves when the last connection is gone. */
function closeListener(server: net.Server): Promise<void> {
  return new Promise((resolve) => net.Server.prototype.close.call(server, () => resolve()))
}

/** The same, for the last one that accepts from its socket. */
async function endListener(server: net.Server): Promise<void> {
  await closeWhenEmpty([server])
  await closeListener(server)
}

function nameOf(slot: Slot): string {
  if (typeof slot === 'number') return `descriptor ${slot}`
  return 'fd' in slot ? `descriptor ${slot.fd}` : 'the socket of this worker'
}

/** A ServerResponse class (node:http's own extension point) that is told right before bytes go out. */
function answering(beforeBytes: () => void, isDraining: () => boolean): typeof ServerResponse {
  return class Answer<Request extends IncomingMessage> extends ServerResponse<Request> {
    // Every way of answering comes through here, also implicit heads; late enough to know that the drain began.
    override writeHead(...parameters: unknown[]): this {
      beforeBytes()
      if (!isDraining() || this.headersSent) return super.writeHead(...(parameters as [number]))
      this.shouldKeepAlive = false
      super.writeHead(...(parameters as [number]))
      // The app wrote `Connection: keep-alive` itself. Asked again and again, this connection would never end.
      if (this.shouldKeepAlive) this.once('finish', () => this.req.socket.destroySoon())
      return this
    }

    override write(...parameters: unknown[]): boolean {
      beforeBytes()
      return super.write(...(parameters as [string]))
    }

    override end(...parameters: unknown[]): this {
      beforeBytes()
      return super.end(...(parameters as []))
    }
  }
}
