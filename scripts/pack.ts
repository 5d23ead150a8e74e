/**
 * The tarball that would be published, made by `npm pack` in a copy, so that the checkout's own `dist` is left alone.
 * It is kept for whoever asks next while the files are the same.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const KEPT = path.join(ROOT, 'node_modules/.cache/tsrv/packed')

/** What belongs to the checkout alone. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist', 'bench', 'docs', 'test'])

/**
 * @param into an existing folder
 * @param root the checkout to pack
 * @returns path of the tarball
 */
export function packTarball(into: string, root: string = ROOT): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'tsrv-pack-'))
  try {
    cpSync(root, copy, {
      recursive: true,
      // Sockets of a server that runs in a template cannot be copied.
      filter: (source) => !LEFT_OUT.has(path.relative(root, source)) && path.basename(source) !== '.tsrv',
    })
    const kept = path.join(KEPT, digest(copy))
    if (!existsSync(kept)) pack(copy, kept)
    cpSync(kept, into, { recursive: true })
    return path.join(into, ...readdirSync(kept))
  } finally {
    rmSync(copy, { recursive: true })
  }
}

/** Beside its place and then renamed: others may pack at the same time, and one that is interrupted keeps nothing. */
function pack(copy: string, kept: string): void {
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))
  mkdirSync(KEPT, { recursive: true })
  const unfinished = mkdtempSync(`${kept}-`)
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--pack-destination', unfinished], {
    cwd: copy,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`npm pack failed:\n${stdout}${stderr}`)
  const isWhole = (name: string): boolean => !name.includes('-')
  for (const old of readdirSync(KEPT).filter(isWhole)) rmSync(path.join(KEPT, old), { recursive: true })
  renameSync(unfinished, kept)
}

/** Of all files and their names, the lockfile with the version of the compiler among them. */
function digest(folder: string): string {
  const hash = createHash('sha256').update(process.version)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    hash.update(`\0${path.relative(folder, file)} ${statSync(file).mode}\0`).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Unpacks into `folder`, which is made. */
export function unpackTarball(tarball: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'])
}
