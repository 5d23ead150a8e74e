/**
 * Gates before a release: publint and attw judge the tarball, knip names what nobody uses. Each is also shown a
 * planted fault, because a gate that cannot fail is none. `npm run check` runs this file alone.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packTarball, unpackTarball } from '../scripts/pack.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

describe('the gates of the package', () => {
  let dir = ''
  let tarball = ''
  /** Its declarations are gone, and its manifest still names them. */
  let broken = ''

  before(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'tsrv-gates-'))
    tarball = packTarball(dir)
    const unpacked = path.join(dir, 'package')
    unpackTarball(tarball, unpacked)
    rmSync(path.join(unpacked, 'dist/index.d.ts'))
    broken = path.join(dir, 'broken.tgz')
    execFileSync('tar', ['-czf', broken, '-C', dir, 'package'])
  })
  after(() => rmSync(dir, { recursive: true }))

  it('publint finds nothing', async () => assert.deepEqual(await lint(tarball), []))

  it('publint finds a planted fault', async () => {
    assert.match((await lint(broken)).join('\n'), /index\.d\.ts.*does not exist/)
  })

  it('attw finds nothing', async () => assert.deepEqual(await typeProblems(tarball), []))

  it('attw finds a planted fault', async () => {
    assert.deepEqual(await typeProblems(broken), [
      'UntypedResolution (bundler)',
      'UntypedResolution (node16-esm)',
    ])
  })

  it('knip finds nothing but two planted faults', () => {
    const copy = path.join(dir, 'checkout')
    cpSync(ROOT, copy, { recursive: true, filter: (source) => !isLeftOut(source) })
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))
    writeFileSync(path.join(copy, 'src/util/planted.ts'), 'export const planted = 1\n')
    appendFileSync(path.join(copy, 'src/util/version.ts'), '\nexport const unused = 1\n')
    assert.deepEqual(unused(copy), ['files: src/util/planted.ts', 'exports: unused in src/util/version.ts'])
  })
})

async function lint(tarball: string): Promise<string[]> {
  const { buffer } = new Uint8Array(readFileSync(tarball))
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true })
  return messages.map((message) => formatMessage(message, pkg ?? {}, { color: false }) ?? message.code)
}

/** The package is ESM only, by intent: resolution as before Node 12, and what `require` makes of it, do not count. */
async function typeProblems(tarball: string): Promise<string[]> {
  const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))))
  if (checked.types === false) return ['no types at all']
  return checked.problems
    .map((problem) => ({ resolutionKind: '', ...problem }))
    .filter(({ resolutionKind }) => resolutionKind !== 'node10' && resolutionKind !== 'node16-cjs')
    .map(({ kind, resolutionKind }) => `${kind} (${resolutionKind})`)
    .sort()
}

/** Sockets of a server that runs in a template cannot be copied. */
function isLeftOut(source: string): boolean {
  const name = path.relative(ROOT, source)
  return ['.git', 'node_modules', 'dist'].includes(name) || path.basename(source) === '.tsrv'
}

type Issue = { readonly file: string } & Readonly<Record<string, readonly { readonly name: string }[]>>

function unused(checkout: string): string[] {
  const knip = path.join(ROOT, 'node_modules/.bin/knip')
  const { stdout, stderr } = spawnSync(knip, ['--reporter', 'json', '--no-progress'], {
    cwd: checkout,
    encoding: 'utf8',
  })
  assert.match(stdout, /^\{/, stderr)
  const { issues } = JSON.parse(stdout) as { issues: Issue[] }
  return issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, found]) =>
      found.map(({ name }) => (kind === 'files' ? `files: ${name}` : `${kind}: ${name} in ${file}`)),
    ),
  )
}
