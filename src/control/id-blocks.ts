/**
 * Hands out ranges of task ids, each once per installation: the high-water mark is on disk before a range is
 * given away, so that neither a crash nor a restart makes an id appear twice.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { IdGrant, IdRange, IdRangeKind } from '../wire/messages.ts'

/** Small, so that people see small numbers. */
const BLOCK = 1024
/** Enough for a million tasks in one loop. */
const RESERVE = 2 ** 20
/** Reserves lie above all blocks: 2^52 ids of each kind before either runs out. */
const FIRST_RESERVE = 2 ** 52

interface Marks {
  readonly block: number
  readonly reserve: number
}

const NEW: Marks = { block: 1, reserve: FIRST_RESERVE }

export class IdBlocks {
  readonly #file: string | undefined
  #next: Marks

  /** @param file undefined where nothing outlives the program: its ids begin at 1 */
  constructor(file: string | undefined) {
    this.#file = file
    this.#next = file === undefined ? NEW : readMarks(file)
  }

  take(kind: IdRangeKind): IdRange {
    const first = this.#next[kind]
    const size = kind === 'block' ? BLOCK : RESERVE
    this.#next = { ...this.#next, [kind]: first + size }
    this.#save()
    return { first, last: first + size - 1 }
  }

  grant(): IdGrant {
    return { block: this.take('block'), reserve: this.take('reserve') }
  }

  #save(): void {
    if (this.#file === undefined) return
    const draft = `${this.#file}.new`
    writeFileSync(draft, JSON.stringify(this.#next), { mode: 0o600 })
    renameSync(draft, this.#file)
  }
}

function readMarks(file: string): Marks {
  try {
    const { block, reserve } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Marks>
    if (isMark(block, 1) && isMark(reserve, FIRST_RESERVE)) return { block, reserve }
  } catch {
    // Missing: a new installation. Damaged: treated as one, because a server without tasks helps nobody.
  }
  return NEW
}

function isMark(value: unknown, lowest: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= lowest
}
