/**
 * How many processors this process may keep busy. Node counts the processors it may run on, but not the
 * time quota of a container (`--cpus 0.5`), which Linux keeps in the control group.
 */
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { groupFolders, readText, type ReadText } from './cgroup.ts'

/** At least 1. */
export function availableCpus(
  read: ReadText = readText,
  parallelism: number = availableParallelism(),
): number {
  const quota = cpuQuota(read) ?? parallelism
  return Math.max(1, Math.min(parallelism, Math.ceil(quota)))
}

/** The tightest quota between this process's control group and the root, in processors; undefined without one. */
export function cpuQuota(read: ReadText): number | undefined {
  const quotas = groupFolders('cpu', read).map(({ version, folder }) =>
    version === 2
      ? parseCpuMax(read(path.join(folder, 'cpu.max')) ?? '')
      : parseCfs(read(path.join(folder, 'cpu.cfs_quota_us')), read(path.join(folder, 'cpu.cfs_period_us'))),
  )
  const known = quotas.filter((quota) => quota !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** `max 100000` or `50000 100000`: quota and period in microseconds. */
function parseCpuMax(text: string): number | undefined {
  const [quota, period] = text.trim().split(/\s+/)
  return ratio(Number(quota), Number(period))
}

/** A quota of -1 means none. */
function parseCfs(quota: string | undefined, period: string | undefined): number | undefined {
  return ratio(Number(quota), Number(period))
}

function ratio(quota: number, period: number): number | undefined {
  return quota > 0 && period > 0 ? quota / period : undefined
}
