/** Under which terms a thread runs: how many tasks at a time, how many in all, with how much memory. */
import { totalmem } from 'node:os'
import type { Config } from '../../config/config.ts'

export interface ThreadTerms {
  /** Tasks at a time. */
  readonly capacity: number
  /** Tasks in all; Infinity without a limit. */
  readonly lifetime: number
  /** Megabytes its JavaScript heap may reach. */
  readonly heapLimit: number
  /** Milliseconds its stop listeners may take. */
  readonly leaveTimeout: number
}

/** What a thread's terms depend on besides the config. */
export interface Machine {
  /** Bytes that this machine or container has. */
  readonly memory: number
  /** Threads that share them. */
  readonly lanes: number
}

const MEGABYTE = 1024 ** 2

/** With less a thread would not get through a bigger module graph. */
const LEAST_HEAP = 64
/** What V8 allows a heap on a 64-bit machine with memory enough. */
const LARGEST_HEAP = 4096

/** @param random at least 0, below 1: without it all threads would be replaced at the same time */
export function threadTerms({ tasks, processes }: Config, machine: Machine, random: number): ThreadTerms {
  const { concurrency, maxRequests, memoryLimit } = tasks
  const jitter = Math.floor(random * 0.1 * maxRequests)
  return {
    capacity: concurrency,
    lifetime: maxRequests === 0 ? Infinity : maxRequests - jitter,
    heapLimit: memoryLimit === undefined ? sharedHeap(machine) : Math.ceil(memoryLimit / MEGABYTE),
    leaveTimeout: processes.maxWaitTime,
  }
}

/** Half of the memory is for the task workers, the other half for HTTP workers, buffers and the rest. */
function sharedHeap({ memory, lanes }: Machine): number {
  const share = Math.floor(memory / 2 / Math.max(1, lanes) / MEGABYTE)
  return Math.min(LARGEST_HEAP, Math.max(LEAST_HEAP, share))
}

/** Bytes of the machine, or of the container when that has fewer. */
export function availableMemory(): number {
  // 0 or a number beyond all machines when there is no limit.
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}
