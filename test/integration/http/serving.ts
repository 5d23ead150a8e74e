/** An HTTP worker's inside without its process: a listening server around an app, its log records, raw clients. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { EventDispatcher } from '../../../src/events/dispatcher.ts'
import { asApp } from '../../../src/http/app.ts'
import type { AppKind } from '../../../src/http/app-shape.ts'
import { watchHandlers } from '../../../src/http/handler-timeouts.ts'
import { HttpServer, type HttpServerOptions } from '../../../src/http/http-server.ts'
import { OpenRequests } from '../../../src/http/open-requests.ts'
import { requestHandler } from '../../../src/http/request-handler.ts'
import { upgradesTo } from '../../../src/http/upgrades.ts'
import type { Logger, Server } from '../../../src/server.ts'
import { bind, type Bound } from '../../../src/supervisor/bind.ts'
import { until } from '../../until.ts'

// The server has taken over their descriptors: closed, or collected, they would close them a second time.
const held: Bound[] = []

/** A record as pino gets it, with its level. */
interface LogRecord extends Record<string, unknown> {
  readonly level: keyof Logger
  readonly message: string | undefined
}

export interface Serving extends AsyncDisposable {
  readonly http: HttpServer
  readonly open: OpenRequests
  readonly port: number
  readonly url: string
  readonly records: LogRecord[]
  /** Records of one message. */
  logged(message: string): LogRecord[]
  /** The one record of a message. */
  only(message: string): LogRecord
  dial(): Promise<RawClient>
}

export interface ServeOptions {
  readonly kind?: AppKind
  readonly dispatcher?: EventDispatcher
  readonly accessLog?: boolean
  readonly http?: Partial<HttpServerOptions>
  /** Milliseconds. */
  readonly handlerTimeout?: number
}

export async function serve(app: unknown, options: ServeOptions = {}): Promise<Serving> {
  const { log, records } = recording()
  const served = asApp(app, options.kind ?? 'auto', './app.ts')
  const accessLog = options.accessLog ?? false
  const open = new OpenRequests()
  if (options.handlerTimeout !== undefined) watchHandlers({ timeout: options.handlerTimeout, open, log })
  const handle = requestHandler({
    app: served,
    server: { log } as unknown as Server,
    dispatcher: options.dispatcher ?? new EventDispatcher(),
    open,
    accessLog,
  })
  const timeouts = { keepAliveTimeout: 5000, headersTimeout: 15_000, requestTimeout: 60_000 }
  const http = new HttpServer({
    ...timeouts,
    handle,
    open,
    ...(served.server !== undefined && {
      upgrades: upgradesTo({ server: () => served.server, log, accessLog, open }),
      handlesExpect: true,
    }),
    beforeBytes: () => {},
    ...options.http,
  })
  const bound = bind({ host: '127.0.0.1', port: 0 })
  if ('failed' in bound) throw new Error(`cannot bind: ${bound.failed}`)
  await http.listen(bound.fd())
  held.push(bound)
  const { port } = bound.address() as AddressInfo
  const clients: RawClient[] = []
  const logged = (message: string): LogRecord[] => records.filter((record) => record.message === message)
  return {
    http,
    open,
    port,
    url: `http://127.0.0.1:${port}`,
    records,
    logged,
    only(message) {
      const [first, ...more] = logged(message)
      if (first !== undefined && more.length === 0) return first
      throw new Error(`expected one record "${message}", got ${JSON.stringify(records)}`)
    },
    async dial() {
      const client = await RawClient.dial(port)
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.socket.destroy()
      await http.drain({ idleGrace: 0, deadline: AbortSignal.abort() })
    },
  }
}

/** An app that answers `/slow` when told to, and everything else at once. */
export function gated() {
  const waiting: ServerResponse[] = []
  return {
    waiting,
    app: (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url === '/slow') waiting.push(response)
      else response.end('quick')
    },
  }
}

/** A client that sends bytes as they are. */
class RawClient {
  readonly socket: Socket
  received = ''
  isClosed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => (this.received += bytes.toString('latin1')))
    socket.on('close', () => (this.isClosed = true))
    // A connection that is cut may end with ECONNRESET.
    socket.on('error', () => {})
  }

  static async dial(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  send(...lines: string[]): void {
    this.socket.write(lines.join('\r\n'))
  }

  get(path = '/', ...headers: string[]): void {
    this.send(`GET ${path} HTTP/1.1`, 'host: localhost', ...headers, '', '')
  }

  async closed(): Promise<string> {
    await until(
      () => this.isClosed,
      'the connection to close',
      () => this.received,
    )
    return this.received
  }

  async sees(text: string): Promise<void> {
    await until(
      () => this.received.includes(text),
      `"${text}"`,
      () => this.received,
    )
  }

  /** The status codes of all answers so far. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
  }
}

function recording(): { readonly log: Logger; readonly records: LogRecord[] } {
  const records: LogRecord[] = []
  const at =
    (level: keyof Logger) =>
    (fields: object | string, message?: string): void => {
      if (typeof fields === 'string') records.push({ level, message: fields })
      else records.push({ ...fields, level, message })
    }
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
  return { log: Object.fromEntries(levels.map((level) => [level, at(level)])) as unknown as Logger, records }
}
