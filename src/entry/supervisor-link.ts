/** The child's end of the line to the supervisor: boot message, orders, answers. Twin of `supervisor/worker-handle.ts`. */
import { errorToWire } from '../wire/error-report.ts'
import type { Boot, FromChild, IdRange, IdRangeKind, ToChild } from '../wire/messages.ts'
import type { Config } from '../config/config.ts'
import type { Adoptable } from '../http/http-server.ts'
import { ignoreSignals } from './child-signals.ts'

/** @param handle of a socket, if one came with the order */
type OrderHandler = (order: ToChild<Config>, handle?: Adoptable) => void

export class SupervisorLink {
  readonly #boot = Promise.withResolvers<Boot<Config>>()
  readonly #ids = new Map<number, (range: IdRange) => void>()
  #requests = 0
  #onOrder: OrderHandler | undefined

  /** @param onLost the supervisor is gone: nobody looks after this process any more, it must end */
  constructor(onLost: () => void) {
    ignoreSignals()
    process.on('message', (message: ToChild<Config>, handle: unknown) =>
      this.#receive(message, handle as Adoptable | undefined),
    )
    process.on('disconnect', onLost)
    // It may have died while this process was still loading its modules; the event has gone by then.
    if (!process.connected) onLost()
  }

  get boot(): Promise<Boot<Config>> {
    return this.#boot.promise
  }

  /** Orders that come before this call are not lost: none is sent before `ready`. */
  onOrder(handle: OrderHandler): void {
    this.#onOrder = handle
  }

  /** From now on it does not keep the process alive. */
  unref(): void {
    process.channel?.unref()
  }

  /** Resolves when the message is out, also when nobody is there to read it. */
  async send(message: FromChild): Promise<void> {
    if (!process.connected) return
    await new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()))
  }

  async requestIds(kind: IdRangeKind): Promise<IdRange> {
    const request = this.#requests++
    const range = Promise.withResolvers<IdRange>()
    this.#ids.set(request, range.resolve)
    await this.send({ type: 'ids?', kind, request })
    return range.promise
  }

  /** Tells why this process cannot do its work, and ends it. */
  async failBoot(error: unknown): Promise<never> {
    await this.send({ type: 'boot-failed', error: errorToWire(error) })
    process.exit(1)
  }

  #receive(message: ToChild<Config>, handle?: Adoptable): void {
    if (message.type === 'boot') {
      this.#boot.resolve(message.boot)
    } else if (message.type === 'ids') {
      this.#ids.get(message.request)?.(message.range)
      this.#ids.delete(message.request)
    } else {
      this.#onOrder?.(message, handle)
    }
  }
}
