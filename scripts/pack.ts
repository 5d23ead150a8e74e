/** The tarball that would be published, made by `npm pack` in a copy, so that the checkout's own `dist` is left alone. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')

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
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))
    const args = ['pack', '--json', '--pack-destination', into]
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: copy, encoding: 'utf8' })
    if (status !== 0) throw new Error(`npm pack failed:\n${stdout}${stderr}`)
    return path.join(into, nameIn(stdout))
  } finally {
    rmSync(copy, { recursive: true })
  }
}

/** Unpacks into `folder`, which is made. */
export function unpackTarball(tarball: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'])
}

/** The scripts that npm runs may print before the JSON. */
function nameIn(output: string): string {
  const name = /"filename":\s*"([^"]+)"/.exec(output)?.[1]
  if (name === undefined) throw new Error(`npm pack said nothing of a file: ${output}`)
  return name
}
