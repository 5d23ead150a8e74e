/**
 * Watch mode: follows the files that the configuration and the processes of the server have really loaded, and tells
 * of changes once they have settled. It decides nothing about reloads: whoever waits for changes does.
 */
import type { ChildProcess } from 'node:child_process'
import type { LoadedFile } from '../../wire/loaded.ts'
import type { FromChild } from '../../wire/messages.ts'
import type { ChildRole } from '../state.ts'
import { FileEvents } from './file-events.ts'
import { FollowedFiles, type Part } from './followed-files.ts'
import { Settling } from './settling.ts'

export interface WatchOptions {
  readonly poll: boolean
  /** Changes may go unnoticed; told once. */
  readonly onTrouble: (reason: string) => void
}

export interface Changes {
  /** Absolute, at least one. */
  readonly files: readonly string[]
  /** Parts of the server that have loaded one of them. */
  readonly parts: ReadonlySet<Part>
}

export interface FollowedConfig {
  readonly onLoaded: (files: readonly LoadedFile[]) => void
  /** The configurations before it are not used any more. */
  readonly succeeded: () => void
}

/** Milliseconds that a file without content gets to be filled. */
const EMPTY_PATIENCE = 200

const PART_OF = { 'http-worker': 'http', 'task-server': 'tasks', service: 'services' } as const

export class Watch implements AsyncDisposable {
  readonly #files = new FollowedFiles()
  readonly #settling = new Settling()
  readonly #events: FileEvents
  readonly #touched = new Set<string>()
  /** Files that have been emptied, which was not told of yet; and whether they have had time to be filled. */
  readonly #emptied = new Map<string, boolean>()
  #configLoads = 0

  constructor({ poll, onTrouble }: WatchOptions) {
    this.#events = new FileEvents({ poll, onTrouble, onSign: (file) => this.#touch(file) })
  }

  /** Number of files that are followed now. */
  get size(): number {
    return this.#files.size
  }

  /** Follows the files of a configuration that is about to be loaded. */
  config(): FollowedConfig {
    const generation = ++this.#configLoads
    return {
      onLoaded: (files) => this.#follow('config', generation, files),
      succeeded: () => this.#files.renewed('config', generation),
    }
  }

  /** Follows the files that a child tells of. */
  child(child: ChildProcess, role: ChildRole): void {
    child.on('message', (message: FromChild) => {
      if (message.type === 'loaded') this.#follow(PART_OF[role], message.generation, message.files)
    })
  }

  /** All processes of these parts run the code of `generation`. */
  renewed(parts: Iterable<Part>, generation: number): void {
    for (const part of parts) this.#files.renewed(part, generation)
  }

  /**
   * The next changes, those that have come since the last call included.
   *
   * @returns undefined when the signal aborts
   */
  async changes(signal: AbortSignal): Promise<Changes | undefined> {
    while (await this.#settling.settled(signal)) {
      // Long enough after the last reload that the new processes have told what they load.
      this.#events.remove(this.#files.dropStale())
      const files = await this.#changed()
      if (files.length > 0) return { files, parts: this.#files.partsOf(files) }
    }
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#events[Symbol.asyncDispose]()
  }

  async #changed(): Promise<string[]> {
    const touched = [...this.#touched]
    this.#touched.clear()
    const changed: string[] = []
    for (const file of touched) if (await this.#hasChanged(file)) changed.push(file)
    return changed
  }

  async #hasChanged(file: string): Promise<boolean> {
    const look = await this.#files.look(file)
    if (look === 'emptied') {
      // Most likely it is about to be written.
      this.#emptied.set(file, false)
      setTimeout(() => this.#waited(file), EMPTY_PATIENCE).unref()
      return false
    }
    // Other signs may come while it is still empty.
    if (look === 'same' && this.#emptied.get(file) !== true) return false
    this.#emptied.delete(file)
    return true
  }

  #waited(file: string): void {
    if (!this.#emptied.has(file)) return
    this.#emptied.set(file, true)
    this.#touch(file)
  }

  #touch(file: string): void {
    this.#touched.add(file)
    this.#settling.touch()
  }

  #follow(part: Part, generation: number, files: readonly LoadedFile[]): void {
    this.#events.add(this.#files.add(part, generation, files))
  }
}
