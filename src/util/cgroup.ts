/**
 * Where Linux keeps the limits of the control group that this process is in: of both versions, with or without a
 * namespace, and of all groups around it, each of which may be the tightest.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** @returns undefined when the file cannot be read. */
export type ReadText = (file: string) => string | undefined

export interface GroupFolder {
  readonly version: 1 | 2
  readonly folder: string
}

/** The folders from the root down to the own group, of each version that the machine mounts with this controller. */
export function groupFolders(controller: 'cpu' | 'memory', read: ReadText): GroupFolder[] {
  const groups = parseGroups(read('/proc/self/cgroup') ?? '', controller)
  const mounts = parseMounts(read('/proc/self/mountinfo') ?? '', controller)
  return mounts.flatMap((mount) => {
    const { version } = mount
    const group = groups.find((one) => one.version === version)
    if (group === undefined) return []
    return foldersUpwards(mount, group.path).map((folder) => ({ version, folder }))
  })
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

interface Group {
  readonly version: 1 | 2
  readonly path: string
}

/** `/proc/self/cgroup`: `0::/path` is version 2, `4:cpu,cpuacct:/path` version 1 (cgroups(7)). */
function parseGroups(text: string, controller: string): Group[] {
  return text.split('\n').flatMap((line): Group[] => {
    const [, id, controllers = '', group] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (group === undefined) return []
    if (id === '0' && controllers === '') return [{ version: 2, path: group }]
    return controllers.split(',').includes(controller) ? [{ version: 1, path: group }] : []
  })
}

interface Mount {
  readonly version: 1 | 2
  /** The group that the mount point shows; not `/` in a container without a cgroup namespace. */
  readonly root: string
  readonly at: string
}

/** `/proc/self/mountinfo`: root and mount point are fields 4 and 5; type and options follow the lone hyphen. */
function parseMounts(text: string, controller: string): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [front = '', back = ''] = line.split(' - ')
    const [, , , root, at] = front.split(' ').map(unescaped)
    const [type, , options = ''] = back.split(' ')
    if (root === undefined || at === undefined) return []
    if (type === 'cgroup2') return [{ version: 2, root, at }]
    return type === 'cgroup' && options.split(',').includes(controller) ? [{ version: 1, root, at }] : []
  })
}

/** The kernel writes a space as `\040`. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}

function foldersUpwards(mount: Mount, group: string): string[] {
  const inside = path.posix.relative(mount.root, group)
  const steps = inside === '' || inside.startsWith('..') ? [] : inside.split('/')
  return Array.from({ length: steps.length + 1 }, (_, kept) => path.join(mount.at, ...steps.slice(0, kept)))
}
