/**
 * How far the JavaScript heaps of processes and threads may grow, so that the one that grows too much ends by itself
 * and says why, before the kernel ends whatever is biggest, or the whole container.
 */

export interface HeapShare {
  /** Bytes that the machine or container has. */
  readonly memory: number
  /** Processes or threads among which it is shared out. */
  readonly among: number
  /** HTTP workers and task workers are both there, and have one half each. */
  readonly isHalf: boolean
}

const MEGABYTE = 1024 ** 2

/** The rest is for what is no heap: buffers, code, stacks, and the processes that run no code of the user's. */
const FOR_HEAPS = 3 / 4
/** With less it would not get through a bigger module graph. */
const LEAST = 64
/** What V8 allows a heap on a 64-bit machine with memory enough. */
const LARGEST = 4096

/** Whole megabytes for each. */
export function heapLimit({ memory, among, isHalf }: HeapShare): number {
  const all = memory * FOR_HEAPS * (isHalf ? 1 / 2 : 1)
  const share = Math.floor(all / Math.max(1, among) / MEGABYTE)
  return Math.min(LARGEST, Math.max(LEAST, share))
}

/*
 * A thread has two limits instead of one: for the old generation of its heap, which is where a leak ends up, and for
 * the young one.
 */

/** What V8 lets the young generation grow to, of any heap, unless told otherwise: three halves of 64 MB. */
const MOST_YOUNG = 192
const HALVES = 3

/** Of a limit for both. */
export function oldPartOf(megabytes: number): number {
  return megabytes - Math.min(MOST_YOUNG, Math.ceil(megabytes / 4))
}

/** At most a third of the old one, as V8 rounds a half up to a power of two. */
export function youngBeside(old: number): number {
  const half = 2 ** Math.floor(Math.log2(Math.max(1, old / 3 / HALVES)))
  return Math.min(MOST_YOUNG, HALVES * half)
}
