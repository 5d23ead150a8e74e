/** The admin listener that the configuration asks for: opened before any process is started, or the start has failed. */
import type { Config } from '../config/config.ts'
import { type AdminHandlers, AdminServer } from '../control/admin-server.ts'
import { messageOf, TsrvError } from '../errors.ts'
import { describeListenFailure } from '../supervisor/address-claim.ts'

type AdminConfig = Pick<Config, 'admin' | 'port' | 'socket'>

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
    this.#server = new AdminServer({ host, port, token })
    try {
      await this.#server.start(handlers)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
      throw failure(code, { host, port }, this.#config, error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop()
  }
}

function failure(
  code: string,
  at: { readonly host: string; readonly port: number },
  server: AdminConfig,
  cause: unknown,
): TsrvError {
  const { address, reason } = describeListenFailure(at, code)
  const isOwn = code === 'EADDRINUSE' && server.socket === undefined && server.port === at.port
  const said = isOwn ? 'it is the port of this server itself' : reason
  return new TsrvError('ADMIN_LISTEN_FAILED', { address, reason: said }, { cause })
}
