/** A global `tsrv` hands over to the copy that the project has installed. Two real copies, told apart by version. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Installed } from './installed.ts'
import { type Ended, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

describe('a global tsrv', () => {
  let installed: Installed
  let globalBin = ''
  let project = ''
  let copy = ''

  const folder = (...names: string[]): string => {
    const dir = path.join(installed.dir, ...names)
    mkdirSync(dir, { recursive: true })
    return dir
  }
  const setVersion = (home: string, version: string): void => {
    const file = path.join(home, 'package.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as object
    writeFileSync(file, JSON.stringify({ ...manifest, version }))
  }
  const versionIn = async (dir: string): Promise<string> => {
    const { code, stdout, stderr } = await tsrv(dir, ['--version'], {}, globalBin)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    return stdout.trim()
  }

  before(() => {
    installed = new Installed()
    globalBin = installed.install('global')
    setVersion(path.resolve(globalBin, '../../@tsrv/server'), '7.0.0-global')
  })
  after(() => installed[Symbol.dispose]())
  beforeEach(() => {
    rmSync(path.join(installed.dir, 'shop'), { recursive: true, force: true })
    installed.install('shop')
    project = folder('shop')
    copy = path.join(project, 'node_modules/@tsrv/server')
    setVersion(copy, '3.0.0-local')
  })

  it('is itself where no project has a copy', async () => {
    assert.equal(await versionIn(folder('elsewhere')), '7.0.0-global')
  })

  it('is the copy of the project, also from a folder within it', async () => {
    assert.equal(await versionIn(project), '3.0.0-local')
    assert.equal(await versionIn(folder('shop', 'src', 'deep')), '3.0.0-local')
  })

  it('is the copy of the current folder, whatever -c names', async () => {
    const elsewhere = folder('elsewhere')
    writeFileSync(path.join(elsewhere, 'tsrv.config.json'), '{ "port": 0 }')
    const args = ['config', '--check', '-c', path.join(elsewhere, 'tsrv.config.json')]
    rmSync(path.join(copy, 'dist'), { recursive: true })
    const { stderr } = await tsrv(project, args, {}, globalBin)
    assert.match(stderr, /^✖ tsrv in .*\/shop\/node_modules\/@tsrv\/server is incomplete/)
  })

  it('is one process with it: signals, exit status and the imports of the app are those of the copy', async () => {
    writeFileSync(path.join(project, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      path.join(project, 'app.ts'),
      `import { server } from '@tsrv/server'
const copy = import.meta.resolve('@tsrv/server')
export default () => Response.json({ copy, role: server.role })
`,
    )
    await using server = await ServerUnderTest.start('', { dir: project, bin: globalBin, args: ['-w', '1'] })
    const said = (await server.json('/')) as { copy: string; role: string }
    assert.equal(said.role, 'http')
    assert.match(said.copy, /\/shop\/node_modules\/@tsrv\/server\/dist\/index\.js$/)
    const status = await tsrv(project, ['status', '--json'], {}, globalBin)
    assert.equal((JSON.parse(status.stdout) as { pid: number }).pid, server.pid)
    assert.equal((await server.stop()).code, 0)
  })

  it('does not hand over to itself', async () => {
    rmSync(copy, { recursive: true })
    symlinkSync(path.resolve(globalBin, '../../@tsrv/server'), copy)
    assert.equal(await versionIn(project), '7.0.0-global')
  })

  it('passes by an empty folder that an uninstall left', async () => {
    rmSync(copy, { recursive: true })
    mkdirSync(copy)
    assert.equal(await versionIn(project), '7.0.0-global')
  })

  const broken: readonly [string, () => void, RegExp][] = [
    ['has no bin file', () => rmSync(path.join(copy, 'bin/tsrv.js')), /shop\/.*\/bin\/tsrv\.js is missing/],
    [
      'has a manifest that cannot be read',
      () => writeFileSync(path.join(copy, 'package.json'), '{'),
      /shop\/.*\/package\.json names no bin "tsrv"/,
    ],
    [
      'lacks another file of its bin',
      () => rmSync(path.join(copy, 'bin/newer-node.js')),
      /shop\/.*is incomplete/,
    ],
    [
      'lacks its program',
      () => rmSync(path.join(copy, 'dist'), { recursive: true }),
      /shop\/.*is incomplete/,
    ],
    [
      'lacks a package it depends on',
      () => renameSync(path.join(project, 'node_modules/commander'), path.join(project, 'node_modules/gone')),
      /shop\/.*is incomplete: Cannot find package 'commander'/,
    ],
  ]
  for (const [what, breakIt, message] of broken) {
    it(`says so in one line when the copy ${what}`, async () => {
      breakIt()
      const { code, stdout, stderr }: Ended = await tsrv(project, ['status'], {}, globalBin)
      assert.match(stderr, /^✖ [^\n]+\n$/)
      assert.match(stderr, message)
      assert.match(stderr, /Install it again/)
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    })
  }
})
