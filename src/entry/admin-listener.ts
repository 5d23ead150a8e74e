/** The admin listener that the configuration asks for: opened before any process is started, or the start has failed. */
import type { Config } from '../config/config.ts'
import { type AdminHandlers, AdminServer } from '../control/admin-server.ts'
import { messageOf, TsrvError } from '../errors.ts'
import { describeListenFailure, formatTarget } from '../supervisor/address-claim.ts'

type AdminConfig = Pick<Config, 'admin' | 'host' | 'port' | 'socket'>

export class AdminListener implements AsyncDisposable {
  readonly #config: AdminConfig
  #server: AdminServer | undefined

  constructor(config: AdminConfig) {
    this.#config = config
  }

  /** Undefined when there is none. */
  get url(): string | undefined {
    return this.#server?.url
  }

  /** @throws TsrvError TSRV_ADMIN_LISTEN_FAILED */
  async open(handlers: AdminHandlers): Promise<void> {
    const { host, port, token } = this.#config.admin
    if (port === undefined) return
    if (this.#isOwnAddress(host, port)) throw failure({ host, port }, 'it is the port of this server itself')
    this.#server = new AdminServer({ host, port, token })
    try {
      await this.#server.start(handlers)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
      throw failure({ host, port }, describeListenFailure({ host, port }, code), error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop()
  }

  /** The system would let both have it, and give the connections to one of them. */
  #isOwnAddress(host: string, port: number): boolean {
    const server = this.#config
    if (port === 0 || port !== server.port || server.socket !== undefined) return false
    return host === server.host || [host, server.host].some((one) => MANY_ADDRESSES.has(one))
  }
}

const MANY_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::', 'localhost'])

function failure(
  at: { readonly host: string; readonly port: number },
  reason: string,
  cause?: unknown,
): TsrvError {
  return new TsrvError('ADMIN_LISTEN_FAILED', { address: formatTarget(at), reason }, { cause })
}
