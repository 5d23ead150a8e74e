/** A project with an installed tsrv: the packed tarball, and this repository's copies of the packages it depends on. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { packTarball, unpackTarball } from '../../scripts/pack.ts'
import { productionPackages } from '../../scripts/production-packages.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** A temp folder that holds the tarball, and the projects of one test file. */
export class Installed implements Disposable {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'tsrv-installed-'))
  readonly tarball = packTarball(this.dir)

  /**
   * Offline and without npm, which would need a filled cache: the package is unpacked, the others are linked.
   *
   * @param name of the project's folder
   * @param more packages of this repository that the project itself has
   * @returns path of the project's `tsrv`
   */
  install(name: string, more: readonly string[] = []): string {
    const project = path.join(this.dir, name)
    // Packages below other packages come with these.
    const topmost = productionPackages().filter((key) => key.lastIndexOf('node_modules/') === 0)
    const packages = [...topmost, ...more.map((one) => `node_modules/${one}`)]
    for (const key of packages) {
      mkdirSync(path.dirname(path.join(project, key)), { recursive: true })
      symlinkSync(path.join(ROOT, key), path.join(project, key))
    }
    const copy = path.join(project, 'node_modules/@tsrv/server')
    unpackTarball(this.tarball, copy)
    const bin = path.join(project, 'node_modules/.bin/tsrv')
    mkdirSync(path.dirname(bin))
    symlinkSync('../@tsrv/server/bin/tsrv.js', bin)
    chmodSync(bin, 0o755)
    return bin
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true })
  }
}
