/**
 * How much memory this process may use together with the others of its container. Node asks only the innermost
 * control group, and counts a reservation (`--memory-reservation`) as a limit.
 */
import { totalmem } from 'node:os'
import path from 'node:path'
import { groupFolders, readText, type ReadText } from './cgroup.ts'

/** Bytes of the machine, or of the container when that has fewer. */
export function availableMemory(read: ReadText = readText, total: number = totalmem()): number {
  return memoryLimit(read, total) ?? total
}

/**
 * The tightest limit between this process's control group and the root, in bytes; undefined when there is none that
 * is tighter than the machine.
 */
export function memoryLimit(read: ReadText = readText, total: number = totalmem()): number | undefined {
  const limits = groupFolders('memory', read).flatMap(({ version, folder }) =>
    LIMIT_FILES[version].map((name) => parseBytes(read(path.join(folder, name)))),
  )
  // Version 1 writes "no limit" as a number beyond all machines.
  const known = limits.filter((limit) => limit !== undefined).filter((limit) => limit < total)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** Above `memory.high` the kernel slows a group down until it stands still, so that it is a limit as well. */
const LIMIT_FILES = { 1: ['memory.limit_in_bytes'], 2: ['memory.max', 'memory.high'] } as const

/** `max` is none. */
function parseBytes(text: string | undefined): number | undefined {
  const bytes = Number(text)
  return bytes > 0 ? bytes : undefined
}
