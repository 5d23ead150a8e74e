/** `npm run size`: what a user downloads and installs, optional peers not counted, by package. */
import { lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { packTarball, unpackTarball } from './pack.ts'
import { productionPackages } from './production-packages.ts'

interface Size {
  readonly bytes: number
  /** What a file system takes for them, in whole blocks; `du` shows this one. */
  readonly disk: number
}

const ROOT = path.resolve(import.meta.dirname, '..')
const NOTHING: Size = { bytes: 0, disk: 0 }
const GOAL = 15e6
const SHOWN = 12

const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-size-'))
try {
  const tarball = packTarball(dir)
  const own = path.join(dir, 'package')
  unpackTarball(tarball, own)
  const others = productionPackages().map((key) => ({ name: key, size: sizeOf(path.join(ROOT, key)) }))
  const all = [{ name: '@tsrv/server', size: sizeOf(own) }, ...others].sort(
    (one, other) => other.size.disk - one.size.disk,
  )
  const total = all.map(({ size }) => size).reduce(sum, NOTHING)

  row('bytes', 'on disk', 'installed')
  for (const { name, size } of all.slice(0, SHOWN)) sizeRow(size, name.replace(/^node_modules\//, ''))
  const rest = all.slice(SHOWN)
  sizeRow(rest.map(({ size }) => size).reduce(sum, NOTHING), `${rest.length} smaller packages`)
  sizeRow(total, `${all.length} packages in all; the goal is ${megabytes(GOAL)}`)
  console.log(`\nTarball ${megabytes(statSync(tarball).size)}, unpacked ${megabytes(sizeOf(own).bytes)}`)
} finally {
  rmSync(dir, { recursive: true })
}

/** Without the packages below it, which are counted by themselves. */
function sizeOf(file: string): Size {
  const { size, blocks } = lstatSync(file)
  if (!lstatSync(file).isDirectory()) return { bytes: size, disk: blocks * 512 }
  return readdirSync(file)
    .filter((name) => name !== 'node_modules')
    .map((name) => sizeOf(path.join(file, name)))
    .reduce(sum, { bytes: 0, disk: blocks * 512 })
}

function sum(one: Size, other: Size): Size {
  return { bytes: one.bytes + other.bytes, disk: one.disk + other.disk }
}

function sizeRow({ bytes, disk }: Size, name: string): void {
  row(megabytes(bytes), megabytes(disk), name)
}

function row(bytes: string, disk: string, name: string): void {
  console.log(`${bytes.padStart(9)} ${disk.padStart(9)}  ${name}`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
