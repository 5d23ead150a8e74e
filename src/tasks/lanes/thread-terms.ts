/** Under which terms a thread runs: how many tasks at a time, how many in all, with how much memory. */
import type { Config } from '../../config/config.ts'
import { heapLimit, oldPartOf } from '../../util/heap-limits.ts'

export interface ThreadTerms {
  /** Tasks at a time. */
  readonly capacity: number
  /** Tasks in all; Infinity without a limit. */
  readonly lifetime: number
  /** Megabytes the old generation of its JavaScript heap may reach. */
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

function sharedHeap({ memory, lanes }: Machine): number {
  return oldPartOf(heapLimit({ memory, among: lanes, isHalf: true }))
}
