/**
 * The admin listener that the configuration asks for. A start opens it before any process is started, or has failed; a
 * server that follows another one in a restart serves without it, and goes on trying.
 */
import type { Config } from '../config/config.ts'
import { type AdminHandlers, AdminServer } from '../control/admin-server.ts'
import { messageOf, TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import { describeListenFailure, formatTarget } from '../supervisor/address-claim.ts'
import { bind } from '../supervisor/bind.ts'
import { resolveHost } from '../supervisor/listen-target.ts'
import { backoff } from '../util/backoff.ts'

type AdminConfig = Pick<Config, 'admin' | 'host' | 'port' | 'socket'>

export interface AdminListenerOptions {
  readonly config: AdminConfig
  readonly log: Logger
}

export class AdminListener implements AsyncDisposable {
  readonly #options: AdminListenerOptions
  #server: AdminServer | undefined
  #problem: string | undefined
  #retry: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: AdminListenerOptions) {
    this.#options = options
  }

  /** Undefined when there is none, or none yet. */
  get url(): string | undefined {
    return this.#server?.url
  }

  get port(): number | undefined {
    return this.url === undefined ? undefined : Number(new URL(this.url).port)
  }

  /** Why it is not there although it was asked for. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** @throws TsrvError TSRV_ADMIN_LISTEN_FAILED */
  async open(handlers: AdminHandlers): Promise<void> {
    const { config } = this.#options
    const { host, port, token } = config.admin
    if (port === undefined || this.#isClosed) return
    if (isOwnAddress(config, host, port)) throw failure({ host, port }, OWN_PORT)
    const server = new AdminServer({ host, port, token })
    try {
      await server.start(handlers)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
      throw failure({ host, port }, describeListenFailure({ host, port }, code), error)
    }
    this.#server = server
    // It was closed while it opened.
    if (this.#isClosed) await server.stop()
  }

  /** Opens it now or when its address is free. Resolves after the first attempt; never rejects. */
  insist(handlers: AdminHandlers): Promise<void> {
    return this.#attempt(handlers, 1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#retry)
    await this.#server?.stop()
  }

  async #attempt(handlers: AdminHandlers, count: number): Promise<void> {
    const { log } = this.#options
    try {
      await this.open(handlers)
      this.#problem = undefined
      const { url } = this
      if (count > 1) log.info({ event: 'admin-listening', url }, 'The admin listener is open now')
    } catch (error) {
      this.#problem = messageOf(error)
      if (count === 1) log.error({ event: 'admin-listen-failed', err: error }, WITHOUT)
      if (this.#isClosed) return
      this.#retry = setTimeout(() => void this.#attempt(handlers, count + 1), backoff(count, RETRY))
    }
  }
}

const WITHOUT = 'No admin listener for now: the server serves without it, and goes on trying'
/** Milliseconds. */
const RETRY = { first: 500, longest: 5000 }

/**
 * Whether another supervisor will be able to open it; this process does not.
 *
 * @param ownPort where the server has its admin listener now: that it is taken there is no hindrance
 * @throws TsrvError TSRV_ADMIN_LISTEN_FAILED
 */
export async function requireAdminAddress(config: AdminConfig, ownPort: number | null): Promise<void> {
  const { host, port } = config.admin
  if (port === undefined) return
  if (isOwnAddress(config, host, port)) throw failure({ host, port }, OWN_PORT)
  const target = await resolveHost({ host, port }).catch((error: unknown) => {
    const reason = error instanceof TsrvError ? String(error.details['reason']) : messageOf(error)
    throw failure({ host, port }, reason, error)
  })
  const bound = bind(target)
  if (!('failed' in bound)) return bound.close()
  if (bound.failed === 'EADDRINUSE' && port === ownPort) return
  throw failure({ host, port }, describeListenFailure({ host, port }, bound.failed))
}

/** The system would let both have it, and give the connections to one of them. */
function isOwnAddress(server: AdminConfig, host: string, port: number): boolean {
  if (port === 0 || port !== server.port || server.socket !== undefined) return false
  return host === server.host || [host, server.host].some((one) => MANY_ADDRESSES.has(one))
}

const OWN_PORT = 'it is the port of this server itself'

const MANY_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::', 'localhost'])

function failure(
  at: { readonly host: string; readonly port: number },
  reason: string,
  cause?: unknown,
): TsrvError {
  return new TsrvError('ADMIN_LISTEN_FAILED', { address: formatTarget(at), reason }, { cause })
}
