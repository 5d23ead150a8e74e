/** The open connections of one worker: what each of them is doing, and how they end when the time is up. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { NOTHING_OPEN, type OpenWork, sumOf } from '../wire/open-work.ts'
import { answerText } from './failure.ts'
import type { OpenRequests } from './open-requests.ts'

export interface SeenConnections {
  readonly open: OpenWork
  /** `GET /path` of some of those that are open. */
  readonly examples: readonly string[]
}

/** Enough to see what kind of requests they are. */
const MOST_EXAMPLES = 10
/** Milliseconds for the last words to clients: 503, or the close frame of a WebSocket and its answer. */
const LAST_WORDS = 250

interface Upgraded {
  readonly request: IncomingMessage
  readonly isWebSocket: boolean
  /** Before the program has answered, a frame would be no frame to the client. */
  readonly hasBegun: () => boolean
}

type Doing = Exclude<keyof OpenWork, 'tasks'> | 'idle'

export class Connections {
  readonly #requests: OpenRequests
  // Ours, because node forgets a connection that was upgraded and does not tell a silent one from a busy one.
  readonly #open = new Set<Socket>()
  readonly #upgraded = new Map<Duplex, Upgraded>()
  /** Those beneath TLS: there before the handshake, and what is left when TLS is taken off. */
  readonly #beneath = new Set<Socket>()

  constructor(requests: OpenRequests) {
    this.#requests = requests
  }

  /** A connection that speaks HTTP, through TLS or not. */
  add(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
  }

  addBeneath(socket: Socket): void {
    this.#beneath.add(socket)
    socket.once('close', () => this.#beneath.delete(socket))
  }

  upgraded(request: IncomingMessage, socket: Duplex): void {
    const written = request.socket.bytesWritten
    this.#upgraded.set(socket, {
      request,
      isWebSocket: request.headers.upgrade?.toLowerCase() === 'websocket',
      hasBegun: () => request.socket.bytesWritten > written,
    })
    socket.once('close', () => this.#upgraded.delete(socket))
  }

  /** All of them, idle ones included. */
  get size(): number {
    return Math.max(this.#open.size, this.#beneath.size)
  }

  look(): SeenConnections {
    const works: OpenWork[] = []
    const examples: string[] = []
    const answers = this.#answers()
    for (const socket of this.#open) {
      const response = answers.get(socket)
      const doing = this.#doing(socket, response)
      if (doing === 'idle') continue
      works.push({ ...NOTHING_OPEN, [doing]: 1 })
      const request = this.#upgraded.get(socket)?.request ?? response?.req
      if (examples.length < MOST_EXAMPLES) examples.push(`${request?.method} ${request?.url}`)
    }
    return { open: sumOf(works), examples }
  }

  /** Browsers open connections in advance; to node these wait for a request and are not idle. */
  closeSilent(): void {
    for (const socket of this.#all) if (socket.bytesRead === 0) socket.destroy()
  }

  /** Ends all: what can still be told so is, and gets a moment to hear it. */
  cut(): void {
    const answers = this.#answers()
    for (const socket of this.#open) {
      const response = answers.get(socket)
      const doing = this.#doing(socket, response)
      if (doing === 'webSockets') socket.end(GOING_AWAY)
      else if (doing === 'requests' && response !== undefined) refuse(response)
      else socket.destroy()
    }
    setTimeout(() => {
      for (const socket of this.#all) socket.destroy()
    }, LAST_WORDS)
  }

  get #all(): readonly Socket[] {
    return [...this.#open, ...this.#beneath]
  }

  /** The latest answer of each connection that awaits one. */
  #answers(): ReadonlyMap<Socket, ServerResponse> {
    const answers = new Map<Socket, ServerResponse>()
    for (const { response } of this.#requests)
      if (response !== undefined) answers.set(response.req.socket, response)
    return answers
  }

  #doing(socket: Socket, response: ServerResponse | undefined): Doing {
    const upgraded = this.#upgraded.get(socket)
    if (upgraded !== undefined) return upgraded.isWebSocket && upgraded.hasBegun() ? 'webSockets' : 'upgrades'
    if (response === undefined || response.writableFinished || response.destroyed) return 'idle'
    return response.headersSent ? 'streams' : 'requests'
  }
}

/** RFC 6455: a close frame (opcode 8) with status 1001, "going away". A server does not mask. */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9])

/** Better than a connection that breaks: the client knows that there will be no answer. */
function refuse(response: ServerResponse): void {
  try {
    answerText(response, 503, { connection: 'close' })
  } catch {
    response.destroy()
  }
}
