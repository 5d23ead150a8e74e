/** Clients with connections that last: answers that come piece by piece, and WebSockets. */
import { once } from 'node:events'
import http from 'node:http'
import { until } from '../until.ts'
import type { ServerUnderTest } from './server-under-test.ts'

/** An answer as it comes. */
export class LongAnswer {
  text = ''
  /** `end` when the answer was complete, else the code of the error. */
  outcome: string | undefined
  status = 0
  headers: http.IncomingHttpHeaders = {}

  constructor(server: ServerUnderTest, path: string) {
    const { url, ...socket } = server.address(path)
    http
      .get(url, { agent: false, ...socket }, (response) => {
        this.status = response.statusCode ?? 0
        this.headers = response.headers
        response.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk))
        response.once('end', () => (this.outcome ??= 'end'))
        response.once('error', (error: NodeJS.ErrnoException) => (this.outcome ??= error.code))
      })
      .once('error', (error: NodeJS.ErrnoException) => (this.outcome ??= error.code))
  }

  async sees(text: string): Promise<void> {
    await until(
      () => this.text.includes(text),
      `"${text}"`,
      () => `${this.outcome}: ${this.text}`,
    )
  }

  async over(): Promise<string> {
    await until(
      () => this.outcome !== undefined,
      'the end of the answer',
      () => this.text,
    )
    return this.outcome ?? ''
  }
}

export class Chat {
  readonly #socket: WebSocket
  readonly received: string[] = []
  readonly closed: Promise<{ code: number; reason: string }>

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.received.push(String(data)))
    this.closed = new Promise((resolve) =>
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
    )
  }

  static async open(server: ServerUnderTest): Promise<Chat> {
    const socket = new WebSocket(server.url.replace('http', 'ws'))
    const chat = new Chat(socket)
    await once(socket, 'open')
    await until(() => chat.received.length === 1, 'the greeting')
    return chat
  }

  async says(text: string): Promise<string> {
    const before = this.received.length
    this.#socket.send(text)
    await until(() => this.received.length > before, `the answer to "${text}"`)
    return this.received.at(-1) ?? ''
  }
}
