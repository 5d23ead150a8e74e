/** Signals that ask for one HTTP worker more (TTIN) or less (TTOU), as with other servers that have workers. */

export class ScaleSignals implements Disposable {
  readonly #onMore: () => void
  readonly #onFewer: () => void

  constructor(onScale: (by: 1 | -1) => void) {
    this.#onMore = () => onScale(1)
    this.#onFewer = () => onScale(-1)
    process.on('SIGTTIN', this.#onMore)
    process.on('SIGTTOU', this.#onFewer)
  }

  [Symbol.dispose](): void {
    process.off('SIGTTIN', this.#onMore)
    process.off('SIGTTOU', this.#onFewer)
  }
}

/** What `-w` takes. */
const MOST = 1024

/** @returns the number that is wanted from now on; the same one where there is no more or less */
export function scaled(workers: number, by: 1 | -1): number {
  return Math.min(MOST, Math.max(1, workers + by))
}
