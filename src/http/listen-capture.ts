/**
 * For programs that call `listen()` themselves: the first `http.Server` that does is taken, told that it listens,
 * and served through ours. Servers of other classes, and other servers of the program, listen as ever.
 */
import { Server } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { standIn } from './listen-stand-in.ts'
import { type ListenWish, wishOf } from './listen-wish.ts'

export interface ListenCaptureOptions {
  /** What `address()` of the taken server tells. */
  readonly address: () => AddressInfo | string
  /** Called with the address that the program wanted, e.g. `:3000`. */
  readonly onTaken: (wanted: string) => void
}

export class ListenCapture implements Disposable {
  readonly #options: ListenCaptureOptions
  readonly #first = Promise.withResolvers<Server>()
  #belongs: (server: Server) => boolean = () => true
  #taken: Server | undefined
  #wish: ListenWish | undefined

  constructor(options: ListenCaptureOptions) {
    this.#options = options
  }

  /** From now on; one at a time in a process. */
  start(): this {
    const listen = (server: Server, parameters: unknown[]): Server => {
      if (this.#take(server, wishOf(parameters))) return standIn(server, parameters, this.#options.address)
      net.Server.prototype.listen.apply(server, parameters as [number])
      return server
    }
    // On http.Server's own prototype: net.Server's is everybody's.
    Object.defineProperty(Server.prototype, 'listen', {
      configurable: true,
      writable: true,
      value(this: Server, ...parameters: unknown[]) {
        return listen(this, parameters)
      },
    })
    return this
  }

  /** The server that wanted to listen. */
  get taken(): Server | undefined {
    return this.#taken
  }

  /** Resolves when a server is taken. */
  get first(): Promise<Server> {
    return this.#first.promise
  }

  /** As long as none is taken: only servers of which this is true are. */
  narrow(belongs: (server: Server) => boolean): void {
    this.#belongs = belongs
  }

  [Symbol.dispose](): void {
    Reflect.deleteProperty(Server.prototype, 'listen')
  }

  #take(server: Server, wish: ListenWish): boolean {
    if (this.#taken === undefined) {
      if (!this.#belongs(server)) return false
      this.#taken = server
      this.#wish = wish
      this.#first.resolve(server)
      this.#options.onTaken(wish.text)
      return true
    }
    return server === this.#taken || this.#isSamePort(wish)
  }

  /** Fastify listens on each address of `localhost`, with a server each. */
  #isSamePort({ port }: ListenWish): boolean {
    if (port === undefined || port === 0) return false
    const told = this.#options.address()
    return port === this.#wish?.port || (typeof told === 'object' && port === told.port)
  }
}
