/** Watch mode of one server: its children are followed, changed files reload it, spare workers make that fast. */
import type { ChildProcess } from 'node:child_process'
import type { Launch } from '../supervisor/launch.ts'
import { Spares, type SparesOptions } from '../supervisor/watch/spares.ts'
import type { Watch } from '../supervisor/watch/watch.ts'
import type { Place } from '../supervisor/worker-handle.ts'
import type { Reloads } from './reloads.ts'
import { reloadOnChanges, type WatchNews } from './watched-reloads.ts'

export interface WatchModeOptions {
  readonly files: Watch
  readonly fd: SparesOptions['fd']
  readonly execArgv: SparesOptions['execArgv']
  readonly start: (place: Place, launch: Launch) => ChildProcess
  /** Aborts when the server is to stop. */
  readonly signal: AbortSignal
}

export class WatchMode implements Disposable {
  readonly #options: WatchModeOptions
  readonly #spares: Spares
  readonly #ended = new AbortController()

  constructor(options: WatchModeOptions) {
    const { files, fd, execArgv, signal } = options
    this.#options = options
    this.#spares = new Spares({
      fd,
      execArgv,
      start: (place, launch) => {
        const child = options.start(place, launch)
        files.child(child, place.role)
        return child
      },
    })
    signal.addEventListener('abort', () => this.end(), { once: true })
  }

  /** Number of files that are watched. */
  get size(): number {
    return this.#options.files.size
  }

  start(place: Place, launch: Launch): ChildProcess {
    return this.#spares.start(place, launch)
  }

  /** The server is ready: from now on changes reload it. */
  begin(reloads: Reloads, tell: (news: WatchNews) => void): void {
    const { files: watch } = this.#options
    const { signal } = this.#ended
    const prepare = (): void => {
      if (!signal.aborted) this.#spares.fill(reloads.launch)
    }
    const told = (news: WatchNews): void => {
      tell(news)
      if (news.is !== 'reloading') prepare()
    }
    prepare()
    void reloadOnChanges({ watch, reloads, tell: told }, signal)
  }

  /** Sockets are about to be closed, and would stay open in them. */
  dropSpares(): void {
    this.#spares.clear()
  }

  /** The server is to stop or to hand over: it is not reloaded any more. */
  end(): void {
    this.#ended.abort()
    this.dropSpares()
  }

  [Symbol.dispose](): void {
    this.end()
  }
}
