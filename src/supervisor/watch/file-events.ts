/** Signs of the file system that a file may have been written, made, replaced or removed: chokidar, loaded when it is needed. */
import type { FSWatcher } from 'chokidar'
import { messageOf } from '../../errors.ts'

export interface FileEventsOptions {
  /** Look again and again, where the file system tells nothing: mounted folders of containers and networks. */
  readonly poll: boolean
  readonly onSign: (file: string) => void
  /** A file cannot be watched; told once for all of them. */
  readonly onTrouble: (reason: string) => void
}

/** Milliseconds. */
const POLL_EVERY = 200

export class FileEvents implements AsyncDisposable {
  readonly #watcher: Promise<FSWatcher>

  constructor(options: FileEventsOptions) {
    this.#watcher = open(options)
    this.#watcher.catch((error: unknown) => options.onTrouble(messageOf(error)))
  }

  add(files: readonly string[]): void {
    if (files.length > 0) this.#tell((watcher) => watcher.add([...files]))
  }

  remove(files: readonly string[]): void {
    if (files.length > 0) this.#tell((watcher) => watcher.unwatch([...files]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watcher.then(
      (watcher) => watcher.close(),
      () => {},
    )
  }

  /** In the order of the calls. */
  #tell(order: (watcher: FSWatcher) => void): void {
    this.#watcher.then((watcher) => watcher.closed || order(watcher)).catch(() => {})
  }
}

async function open({ poll, onSign, onTrouble }: FileEventsOptions): Promise<FSWatcher> {
  const { FSWatcher } = await import('chokidar')
  // The first sign of each file says that it is watched: what has happened to it before must be looked for.
  const watcher = new FSWatcher(poll ? { backend: 'polling', pollingInterval: POLL_EVERY } : {})
  watcher.on('all', (_event, file) => onSign(file))
  watcher.once('error', (error) => onTrouble(messageOf(error)))
  // Without a listener the next one would end this process.
  watcher.on('error', () => {})
  return watcher
}
