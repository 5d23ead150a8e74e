/** The requests that an HTTP worker has under way: for which of them code runs, and which have been open longest. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'

export class OpenRequest {
  readonly method: string
  readonly url: string
  /** As `performance.now()`. */
  readonly cameAt = performance.now()
  /** When it came, or was last seen to get on. */
  waitsSince = this.cameAt
  /** Bytes of its connection, in and out, when it was last seen to get on. */
  moved: number | undefined = undefined
  /** Absent once it is answered or its client has gone, and for a connection that was upgraded. */
  response: ServerResponse | undefined
  /** The request as a web app has it. */
  webRequest: Request | undefined = undefined
  /** Its neighbours in the line of those that are open. */
  previous: OpenRequest | undefined = undefined
  next: OpenRequest | undefined = undefined

  constructor({ method = '', url = '' }: IncomingMessage, response: ServerResponse | undefined) {
    this.method = method
    this.url = url
    this.response = response
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

export class OpenRequests {
  readonly #context = new AsyncLocalStorage<OpenRequest>()
  /**
   * A line in the order of their `waitsSince`. Not a Map: each of its tables refers to the next one, so that in the old
   * generation one dead table keeps all later ones, with their requests, until the next full collection (4 MB/s).
   */
  #first: OpenRequest | undefined
  #last: OpenRequest | undefined
  #size = 0
  readonly #givenUp = new WeakSet<ServerResponse>()
  #served = 0
  #onCame: ((open: OpenRequest) => void) | undefined

  /** Called for each request before its handler. */
  onCame(listener: (open: OpenRequest) => void): void {
    this.#onCame = listener
  }

  /** Everything that `listen` sets going, however much later it runs, has this request as its `current` one. */
  serve(request: IncomingMessage, response: ServerResponse, listen: Listener): void {
    const open = new OpenRequest(request, response)
    this.#served++
    this.#append(open)
    response.on('close', () => this.#close(open))
    this.#onCame?.(open)
    this.#context.run(open, listen, request, response)
  }

  /** The same for what comes of an upgrade, which is not counted as an open request. */
  runUpgrade(request: IncomingMessage, run: () => void): void {
    this.#context.run(new OpenRequest(request, undefined), run)
  }

  /** The request that the code asking was called for, which may have been answered by now. */
  get current(): OpenRequest | undefined {
    return this.#context.getStore()
  }

  /** It gets on: for now the one that has waited least. */
  renew(open: OpenRequest): void {
    if (open.response === undefined) return
    open.waitsSince = performance.now()
    this.#remove(open)
    this.#append(open)
  }

  /** It was answered without its handler, which may not know that yet. */
  giveUp(response: ServerResponse): void {
    this.#givenUp.add(response)
  }

  isGivenUp(response: ServerResponse): boolean {
    return this.#givenUp.has(response)
  }

  /** The one that has waited longest first. */
  *[Symbol.iterator](): Generator<OpenRequest, void> {
    for (let open = this.#first; open !== undefined;) {
      // It may be renewed, and be the last one then.
      const { next } = open
      yield open
      open = next
    }
  }

  get size(): number {
    return this.#size
  }

  /** All requests so far, open ones included. */
  get served(): number {
    return this.#served
  }

  #append(open: OpenRequest): void {
    open.previous = this.#last
    if (this.#last === undefined) this.#first = open
    else this.#last.next = open
    this.#last = open
    this.#size++
  }

  #remove(open: OpenRequest): void {
    const { previous, next } = open
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    open.previous = undefined
    open.next = undefined
    this.#size--
  }

  #close(open: OpenRequest): void {
    if (open.response === undefined) return
    this.#remove(open)
    // What a request has set going may live on for long, and must not hold its buffers and its socket.
    open.response = undefined
    open.webRequest = undefined
  }
}

/** For log records. */
export function nameOf(open: OpenRequest | undefined): { readonly method?: string; readonly url?: string } {
  return open === undefined ? {} : { method: open.method, url: open.url }
}
