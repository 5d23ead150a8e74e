/**
 * The files that a change of means new code: which part of the server runs what is in them, and what was in them at the
 * last look. A write that leaves a file as it was is no change.
 */
import { hash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { LoadedFile } from '../../wire/loaded.ts'

/** What has loaded a file: the configuration, or processes of one kind. */
export type Part = 'config' | 'http' | 'tasks' | 'services'

interface Followed {
  /** The newest generation of each part that has loaded it. */
  readonly by: Map<Part, number>
  /** When what was loaded had been written; null for a file that was not there. */
  readonly writtenAt: number | null
  /** Of its content at the last look; undefined before the first one. */
  digest: string | undefined
}

/** `emptied`: it has no content any more; when a file is written, that is often the first half of it. */
export type Look = 'same' | 'changed' | 'emptied'

/** The digest of a file that is not there. */
const ABSENT = ''
const EMPTY = digestOf('')

export class FollowedFiles {
  readonly #files = new Map<string, Followed>()
  /** Every process of a part runs this generation; what older ones had loaded does not matter any more. */
  readonly #current = new Map<Part, number>()

  /** Number of files that exist. */
  get size(): number {
    return [...this.#files.values()].filter(({ digest }) => digest !== ABSENT).length
  }

  /** @returns those that are new here */
  add(part: Part, generation: number, files: readonly LoadedFile[]): string[] {
    if (generation < (this.#current.get(part) ?? 0)) return []
    const added: string[] = []
    for (const [file, writtenAt] of files) {
      const known = this.#files.get(file)
      const { by } = known ?? { by: new Map<Part, number>() }
      by.set(part, Math.max(generation, by.get(part) ?? 0))
      if (known !== undefined) continue
      this.#files.set(file, { by, writtenAt, digest: writtenAt === null ? ABSENT : undefined })
      added.push(file)
    }
    return added
  }

  /** Nothing older than `generation` is left of a part. */
  renewed(part: Part, generation: number): void {
    this.#current.set(part, generation)
  }

  /** Forgets the files that nothing which runs has loaded. */
  dropStale(): string[] {
    const stale = [...this.#files.keys()].filter((file) => this.partsOf([file]).size === 0)
    for (const file of stale) this.#files.delete(file)
    return stale
  }

  partsOf(files: readonly string[]): Set<Part> {
    const parts = files.flatMap((file) => [...(this.#files.get(file)?.by ?? [])])
    return new Set(
      parts
        .filter(([part, generation]) => generation >= (this.#current.get(part) ?? 0))
        .map(([part]) => part),
    )
  }

  /** Compares a file with the last look at it or, at the first one, with what was loaded. */
  async look(file: string): Promise<Look> {
    const seen = await read(file)
    const followed = this.#files.get(file)
    if (seen === undefined || followed === undefined) return 'same'
    const { digest, writtenAt } = followed
    // Gone before the first look: tools that write modules, load them and remove them do so with every start.
    const isFleeting = digest === undefined && seen.digest === ABSENT
    const isSame = digest === undefined ? writtenAt === seen.writtenAt : digest === seen.digest
    followed.digest = seen.digest
    if (isFleeting) return 'same'
    if (isSame) return 'same'
    return seen.digest === EMPTY ? 'emptied' : 'changed'
  }
}

interface Seen {
  readonly writtenAt: number | null
  readonly digest: string
}

function digestOf(content: Buffer | string): string {
  return hash('sha1', content)
}

const MISSING: readonly unknown[] = ['ENOENT', 'ENOTDIR']

/** Undefined when it cannot be told: that is no change. */
async function read(file: string): Promise<Seen | undefined> {
  try {
    return await readWhole(file)
  } catch (error) {
    const isMissing = MISSING.includes((error as NodeJS.ErrnoException).code)
    return isMissing ? { writtenAt: null, digest: ABSENT } : undefined
  }
}

/**
 * Once more when the file was written meanwhile: old content with the time of the new one would be a change now, and
 * the new content another one. A file that is written all the time is taken as it is: the next sign comes anyway.
 */
async function readWhole(file: string, triesLeft = 3): Promise<Seen> {
  const before = await stat(file)
  const digest = digestOf(await readFile(file))
  const { mtimeMs } = await stat(file)
  if (mtimeMs !== before.mtimeMs && triesLeft > 1) return readWhole(file, triesLeft - 1)
  return { writtenAt: mtimeMs, digest }
}
