/**
 * How many processors this process may keep busy. Node counts the processors it may run on, but not the
 * time quota of a container (`--cpus 0.5`), which Linux keeps in the control group.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'

/** @returns undefined when the file cannot be read. */
export type ReadText = (file: string) => string | undefined

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
  const groups = parseGroups(read('/proc/self/cgroup') ?? '')
  const mounts = parseMounts(read('/proc/self/mountinfo') ?? '')
  const quotas = mounts.flatMap((mount) => {
    const group = groups.find((one) => one.version === mount.version)
    if (group === undefined) return []
    return foldersUpwards(mount, group.path).map((folder) =>
      mount.version === 2
        ? parseCpuMax(read(path.join(folder, 'cpu.max')) ?? '')
        : parseCfs(read(path.join(folder, 'cpu.cfs_quota_us')), read(path.join(folder, 'cpu.cfs_period_us'))),
    )
  })
  const known = quotas.filter((quota) => quota !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

interface Group {
  readonly version: 1 | 2
  readonly path: string
}

/** `/proc/self/cgroup`: `0::/path` is version 2, `4:cpu,cpuacct:/path` version 1 (cgroups(7)). */
function parseGroups(text: string): Group[] {
  return text.split('\n').flatMap((line): Group[] => {
    const [, id, controllers = '', group] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (group === undefined) return []
    if (id === '0' && controllers === '') return [{ version: 2, path: group }]
    return controllers.split(',').includes('cpu') ? [{ version: 1, path: group }] : []
  })
}

interface Mount {
  readonly version: 1 | 2
  /** The group that the mount point shows; not `/` in a container without a cgroup namespace. */
  readonly root: string
  readonly at: string
}

/** `/proc/self/mountinfo`: root and mount point are fields 4 and 5; type and options follow the lone hyphen. */
function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [front = '', back = ''] = line.split(' - ')
    const [, , , root, at] = front.split(' ')
    const [type, , options = ''] = back.split(' ')
    if (root === undefined || at === undefined) return []
    if (type === 'cgroup2') return [{ version: 2, root, at }]
    return type === 'cgroup' && options.split(',').includes('cpu') ? [{ version: 1, root, at }] : []
  })
}

/** The folder of the group and of all its ancestors that are visible: each of them may hold a quota. */
function foldersUpwards(mount: Mount, group: string): string[] {
  const inside = path.posix.relative(mount.root, group)
  const steps = inside === '' || inside.startsWith('..') ? [] : inside.split('/')
  return Array.from({ length: steps.length + 1 }, (_, kept) => path.join(mount.at, ...steps.slice(0, kept)))
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

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
