/**
 * Which reports of ended tasks this process has handled. A report comes again when the line broke before our
 * acknowledgement arrived; it must not be handled again.
 */

/** More than the acknowledgements that can be under way when a line breaks: a socket buffer of 208 KiB holds 16k. */
const REMEMBERED = 2 ** 15

export class HandledReports {
  readonly #open = new Set<number>()
  /** In the order they ended, the oldest first. */
  readonly #done = new Set<number>()
  #quiet: PromiseWithResolvers<unknown> | undefined

  isOpen(id: number): boolean {
    return this.#open.has(id)
  }

  isDone(id: number): boolean {
    return this.#done.has(id)
  }

  /** Resolves when none is being handled, at the latest when `signal` aborts. */
  async allHandled(signal: AbortSignal): Promise<void> {
    while (this.#open.size > 0 && !signal.aborted) {
      this.#quiet ??= Promise.withResolvers()
      signal.addEventListener('abort', this.#quiet.resolve, { once: true })
      await this.#quiet.promise
    }
  }

  begin(id: number): void {
    this.#open.add(id)
  }

  end(id: number): void {
    this.#open.delete(id)
    if (this.#open.size === 0) {
      this.#quiet?.resolve(undefined)
      this.#quiet = undefined
    }
    this.#done.add(id)
    if (this.#done.size <= REMEMBERED) return
    for (const oldest of this.#done) {
      this.#done.delete(oldest)
      return
    }
  }
}
