/** `tsrv init`: what it writes runs as it tells, and what it cannot do it says. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { createInterface } from 'node:readline'
import { makesProject, templateFiles, templateNames } from '../../src/cli/templates.ts'
import { ownVersion } from '../../src/util/version.ts'
import { tsrv } from './project.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

function temporary(): Disposable & { readonly dir: string } {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-init-'))
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
    .sort()

/** What `npm install` would do, with this very copy of tsrv. */
function install(project: string): void {
  const packages = path.join(project, 'node_modules')
  mkdirSync(path.join(packages, '@tsrv'), { recursive: true })
  mkdirSync(path.join(packages, '.bin'))
  symlinkSync(ROOT, path.join(packages, '@tsrv/server'))
  symlinkSync('../@tsrv/server/bin/tsrv.js', path.join(packages, '.bin/tsrv'))
}

/** Our Node in front, as a user has a new enough one. */
const withNode = {
  ...process.env,
  PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}`,
  PORT: '0',
}

const projects = templateNames().filter((name) => makesProject(templateFiles(name)))

describe('tsrv init', () => {
  for (const template of projects) {
    it(`makes a project from the template "${template}" that runs by the steps it prints`, async () => {
      using folder = temporary()
      const { code, stdout, stderr } = await tsrv(folder.dir, ['init', "Ada's shop", '--template', template])
      assert.deepEqual([code, stderr], [0, ''])
      const steps = stdout.slice(stdout.indexOf('Next:\n')).split('\n').slice(1, -1)
      assert.deepEqual(steps, [`  cd 'Ada'\\''s shop'`, '  npm install', '  npm start'])
      const project = path.join(folder.dir, "Ada's shop")
      install(project)
      const script = steps.map((step) => step.trim()).filter((step) => step !== 'npm install')
      const shell = spawn('sh', ['-ec', script.join('\n')], {
        cwd: folder.dir,
        env: withNode,
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      })
      try {
        const url = await readyUrl(shell.stdout)
        assert.equal((await fetch(url)).status, 200)
        const { stdout: status } = await tsrv(project, ['status'])
        assert.match(status, /, ready, /)
      } finally {
        await tsrv(project, ['stop'])
        if (shell.exitCode === null) await once(shell, 'exit')
      }
      assert.equal(shell.exitCode, 0)
    })
  }

  for (const template of projects) {
    it(`makes a project from the template "${template}" that the compiler has nothing to say about`, async () => {
      using folder = temporary()
      await tsrv(folder.dir, ['init', '--template', template])
      // The types of a checkout are in its sources.
      const compilerOptions = {
        paths: { '@tsrv/server': [path.join(ROOT, 'src/index.ts')] },
        typeRoots: [path.join(ROOT, 'node_modules/@types')],
      }
      const config = { extends: './tsconfig.json', compilerOptions, include: ['*.ts', 'src'] }
      writeFileSync(path.join(folder.dir, 'checkout.json'), JSON.stringify(config))
      const tsc = path.join(ROOT, 'node_modules/.bin/tsc')
      const { stdout, status } = spawnSync(tsc, ['-p', 'checkout.json'], {
        cwd: folder.dir,
        encoding: 'utf8',
      })
      assert.deepEqual([status, stdout], [0, ''])
    })
  }

  it('names the project after its folder, and depends on the tsrv that made it', async () => {
    using folder = temporary()
    await tsrv(folder.dir, ['init', 'Ünser Shop'])
    const manifest = JSON.parse(readFileSync(path.join(folder.dir, 'Ünser Shop/package.json'), 'utf8')) as {
      name: string
      dependencies: object
    }
    assert.equal(manifest.name, 'unser-shop')
    assert.deepEqual(manifest.dependencies, { '@tsrv/server': `^${ownVersion()}` })
  })

  it('works in the current folder beside files of others', async () => {
    using folder = temporary()
    writeFileSync(path.join(folder.dir, 'notes.txt'), 'mine')
    const { code, stdout } = await tsrv(folder.dir, ['init'])
    assert.equal(code, 0)
    assert.equal(/^ {2}cd /m.test(stdout), false)
    assert.equal(readFileSync(path.join(folder.dir, 'notes.txt'), 'utf8'), 'mine')
  })

  for (const [template, file, next] of [
    ['docker', 'Dockerfile', 'docker compose up --build'],
    ['kubernetes', 'kubernetes/statefulset.yaml', 'kubectl apply -k kubernetes'],
    ['systemd', 'systemd/tsrv.service', 'sudo cp systemd/tsrv.service /etc/systemd/system/'],
  ] as const) {
    it(`adds to the project of a folder with the template "${template}", and says what comes next`, async () => {
      using folder = temporary()
      writeFileSync(path.join(folder.dir, 'package.json'), '{ "name": "mine" }')
      const { code, stdout } = await tsrv(folder.dir, ['init', '--template', template])
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`^✓ Added to this folder, from the template "${template}":\n`))
      assert.match(stdout, /\nNext:\n/)
      assert.ok(stdout.endsWith(`\n  ${next}\n`), stdout)
      assert.ok(existsSync(path.join(folder.dir, file)))
      assert.equal(readFileSync(path.join(folder.dir, 'package.json'), 'utf8'), '{ "name": "mine" }')
    })
  }

  it('keeps what the project makes out of git', async () => {
    using folder = temporary()
    await tsrv(folder.dir, ['init'])
    assert.match(readFileSync(path.join(folder.dir, '.gitignore'), 'utf8'), /^node_modules\/$/m)
    assert.equal(existsSync(path.join(folder.dir, 'gitignore')), false)
  })

  it('refuses to overwrite, names the files and writes nothing', async () => {
    using folder = temporary()
    mkdirSync(path.join(folder.dir, 'shop/src'), { recursive: true })
    writeFileSync(path.join(folder.dir, 'shop/package.json'), '{}')
    writeFileSync(path.join(folder.dir, 'shop/src/app.ts'), '')
    const { code, stdout, stderr } = await tsrv(folder.dir, ['init', 'shop'])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^✖ shop already has package\.json, src\/app\.ts; nothing was written\. .*\n$/)
    assert.deepEqual(filesOf(path.join(folder.dir, 'shop')), ['package.json', 'src/app.ts'])
  })

  it('names the templates that there are when one is not', async () => {
    using folder = temporary()
    const { code, stderr } = await tsrv(folder.dir, ['init', 'shop', '--template', 'blog'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      new RegExp(`^✖ Cannot take "blog" for .*\\. Allowed choices are ${templateNames().join(', ')}\\. `),
    )
    assert.deepEqual(readdirSync(folder.dir), [])
  })

  it('says so when the folder is a file, or below one', async () => {
    using folder = temporary()
    writeFileSync(path.join(folder.dir, 'file'), '')
    for (const dir of ['file', 'file/shop']) {
      const { code, stderr } = await tsrv(folder.dir, ['init', dir])
      assert.deepEqual([code, stderr], [1, `✖ Cannot make a project in ${dir}: file is a file.\n`])
    }
  })

  const skip = process.getuid?.() === 0 ? 'root may write everywhere' : false
  it('says so when the folder cannot be written', { skip }, async () => {
    using folder = temporary()
    chmodSync(folder.dir, 0o500)
    const { code, stderr } = await tsrv(folder.dir, ['init', 'shop'])
    chmodSync(folder.dir, 0o700)
    assert.equal(code, 1)
    assert.match(stderr, /^✖ Cannot make a project in shop: EACCES.*\n$/)
  })
})

describe('the published package', () => {
  it('has every file of every template', () => {
    const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      env: withNode,
    })
    assert.equal(packed.status, 0, packed.stderr)
    const paths = new Set(packedPaths(JSON.parse(packed.stdout)))
    const stored = globSync('templates/*/**', { cwd: ROOT, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
      .filter((file) => !/\/(?:\.tsrv|data|node_modules)\//.test(file))
    assert.ok(stored.some((file) => file.endsWith('/gitignore')))
    assert.deepEqual(
      stored.filter((file) => !paths.has(file)),
      [],
    )
  })
})

/** npm 11 lists packages by name, older ones in an array. */
function packedPaths(listed: object): string[] {
  return Object.values(listed).flatMap(({ files }: { files: { path: string }[] }) =>
    files.map((file) => file.path),
  )
}

async function readyUrl(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /"event":"ready","urls":\["([^"]+)"/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the server ended before it was ready')
}
