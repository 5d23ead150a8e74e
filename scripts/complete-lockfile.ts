/**
 * Run after `npm install` (npm run lock), for another project with its lockfile as the argument. npm leaves optional packages of other platforms out of the lockfile when
 * the registry in use does not hold them, and `npm ci` then refuses the lockfile everywhere. Their versions are
 * pinned by the packages that want them, so the missing entries can be written without asking anybody.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

interface Entry {
  version?: string
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optional?: boolean
  dev?: boolean
  optionalDependencies?: Record<string, string>
}

interface Lockfile {
  packages: Record<string, Entry>
}

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const PROCESSORS = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]
const LIBRARIES: Readonly<Record<string, string>> = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
}

const file = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../package-lock.json'))
const lockfile = JSON.parse(readFileSync(file, 'utf8')) as Lockfile
const added: string[] = []

for (const entry of Object.values(lockfile.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (lockfile.packages[key] !== undefined || !/^\d+\.\d+\.\d+$/.test(version)) continue
    const platform = platformOf(name)
    if (platform === undefined) throw new Error(`the platform of ${name} cannot be told from its name`)
    const { os, cpu, libc } = platform
    // In npm's order, which it would change them to the next time.
    lockfile.packages[key] = {
      version,
      ...(cpu !== undefined && { cpu }),
      ...(entry.dev === true && { dev: true }),
      ...(libc !== undefined && { libc }),
      optional: true,
      ...(os !== undefined && { os }),
    }
    added.push(name)
  }
}

const [root, ...others] = Object.keys(lockfile.packages)
const sorted = [root ?? '', ...others.sort((one, other) => (one < other ? -1 : 1))]
lockfile.packages = Object.fromEntries(sorted.map((key) => [key, lockfile.packages[key] ?? {}]))
writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`)
console.log(added.length === 0 ? 'The lockfile is complete.' : `Added to the lockfile: ${added.join(', ')}`)

/** `@oxlint/binding-linux-x64-musl` -> linux, x64, musl. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[/-]/)
  const os = SYSTEMS.find((system) => words.includes(system))
  const cpu = PROCESSORS.find((processor) => words.includes(processor))
  const libc = Object.keys(LIBRARIES).find((library) => words.includes(library))
  if (os === undefined && cpu === undefined) return undefined
  return {
    ...(cpu !== undefined && { cpu: [cpu] }),
    ...(os === 'linux' && libc !== undefined && { libc: [LIBRARIES[libc] ?? ''] }),
    ...(os !== undefined && { os: [os] }),
  }
}
