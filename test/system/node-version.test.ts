/**
 * `tsrv` under a Node that is too old runs again under the one that the project or the checkout pins. The old Node
 * here is this one under a false name, told by a preloaded file; the second run is real.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { until } from '../until.ts'
import { isAlive } from './alive.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const REFUSAL = '✖ tsrv needs Node >= 24.15; this is v20.20.2. Install it, or run: npm i -D node@24\n'

const falseName = (condition: string): string => `if (${condition} && process.argv[1]?.endsWith('tsrv.js')) {
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })
  Object.defineProperty(process, 'version', { value: 'v20.20.2' })
}
`

describe('under an old Node', () => {
  let dir = ''
  let project = ''
  /** A tsrv that no checkout with a Node of its own surrounds. */
  let bin = ''
  let oldNode: Record<string, string> = {}

  /** @param script stands for Node, which otherwise is the one of this test */
  const pin = (folder: string, version: string, script?: string): void => {
    const home = path.join(folder, 'node_modules/node')
    mkdirSync(path.join(home, 'bin'), { recursive: true })
    writeFileSync(path.join(home, 'package.json'), JSON.stringify({ name: 'node', version }))
    const file = path.join(home, 'bin/node')
    if (script === undefined) symlinkSync(process.execPath, file)
    else writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  const folder = (...names: string[]): string => {
    const made = path.join(dir, ...names)
    mkdirSync(made, { recursive: true })
    return made
  }
  const preload = (name: string, text: string): Record<string, string> => {
    writeFileSync(path.join(dir, name), text)
    return { NODE_OPTIONS: `--require=${path.join(dir, name)}` }
  }

  before(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'tsrv-old-node-'))
    oldNode = preload('first-run.cjs', falseName('process.env.TSRV_RERUN === undefined'))
    cpSync(path.join(ROOT, 'bin'), path.join(dir, 'tsrv/bin'), { recursive: true })
    writeFileSync(path.join(dir, 'tsrv/package.json'), '{ "type": "module" }')
    symlinkSync(path.join(ROOT, 'src'), path.join(dir, 'tsrv/src'))
    bin = path.join(dir, 'tsrv/bin/tsrv.js')
  })
  after(() => rmSync(dir, { recursive: true }))
  beforeEach(() => {
    project = path.join(dir, 'project')
    rmSync(project, { recursive: true, force: true })
    cpSync(path.join(ROOT, 'test/fixtures/plain-app'), project, { recursive: true })
  })

  it('says in one line what is needed when there is no other', async () => {
    assert.deepEqual(await tsrv(project, ['start'], oldNode, bin), { code: 1, stdout: '', stderr: REFUSAL })
  })

  it('asks for the version that package.json names', () => {
    const { engines } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      engines: { node: string }
    }
    assert.equal(engines.node, `>=${/Node >= (\d+\.\d+);/.exec(REFUSAL)?.[1]}`)
  })

  it('runs with the one of the project, also from a folder within it', async () => {
    pin(project, '24.15.0')
    for (const cwd of [project, folder('project', 'src', 'deep')]) {
      const { code, stdout, stderr } = await tsrv(cwd, ['--version'], oldNode, bin)
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      assert.match(stdout, /^\d+\.\d+\.\d+/)
    }
  })

  it('runs with the one of the checkout', async (t) => {
    if (!isNode(path.join(ROOT, 'node_modules/node/bin/node'))) return t.skip('this checkout has none')
    const { code, stderr } = await tsrv(project, ['--version'], oldNode)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  })

  it('does not take a Node that is too old as well, but one further up', async () => {
    pin(project, '24.14.9')
    assert.equal((await tsrv(project, ['--version'], oldNode, bin)).stderr, REFUSAL)
    const inner = folder('project', 'packages', 'shop')
    pin(inner, '22.22.0')
    rmSync(path.join(project, 'node_modules'), { recursive: true })
    pin(project, '26.0.0')
    assert.equal((await tsrv(inner, ['--version'], oldNode, bin)).code, 0)
  })

  it('does not run again for ever with a Node that is older than its package says', async () => {
    pin(project, '24.15.0')
    const always = preload('every-run.cjs', falseName('true'))
    assert.deepEqual(await tsrv(project, ['start'], always, bin), { code: 1, stdout: '', stderr: REFUSAL })
  })

  it('says so when the Node it found cannot be run', async () => {
    pin(project, '24.15.0', '')
    chmodSync(path.join(project, 'node_modules/node/bin/node'), 0o600)
    const { code, stderr } = await tsrv(project, ['start'], oldNode, bin)
    assert.equal(code, 1)
    assert.match(stderr, /^✖ Cannot run [^\n]+\/node: [^\n]+\n$/)
  })

  it('ends with the exit status of the second run, or with 128 and the number of its signal', async () => {
    pin(project, '24.15.0')
    assert.equal((await tsrv(project, ['status'], oldNode, bin)).code, 3)
    rmSync(path.join(project, 'node_modules'), { recursive: true })
    pin(project, '24.15.0', 'kill -KILL $$')
    assert.equal((await tsrv(project, ['status'], oldNode, bin)).code, 137)
  })

  it('gives its arguments and standard input to the second run', () => {
    pin(project, '24.15.0', 'shift; echo "$@"; cat')
    const env = { ...process.env, ...oldNode }
    const args = [bin, 'task', 'run', '--data', 'two words']
    const options = { cwd: project, input: 'from the pipe', encoding: 'utf8', env } as const
    const { stdout } = spawnSync(process.execPath, args, options)
    assert.equal(stdout, 'task run --data two words\nfrom the pipe')
  })

  const stops: readonly [string, (server: ServerUnderTest) => void][] = [
    ['is told to by a signal to the first run alone', (server) => server.kill('SIGTERM')],
    ['gets SIGINT through the first run alone', (server) => server.kill('SIGINT')],
    ['gets Ctrl+C, which the terminal sends to both runs', ({ pid }) => process.kill(-pid, 'SIGINT')],
  ]
  for (const [what, stop] of stops) {
    it(`has a server that stops gracefully when it ${what}`, async () => {
      pin(project, '24.15.0')
      const options = { dir: project, bin, env: oldNode, detached: true }
      await using server = await ServerUnderTest.start('', options)
      const { pid } = await server.status()
      try {
        assert.notEqual(pid, server.pid)
        stop(server)
        // Not the end of the first run, which could come alone.
        await until(() => !isAlive(pid), 'the end of the second run')
        const { code, stderr } = await server.ended
        assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      } finally {
        if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      }
    })
  }
})

function isNode(file: string): boolean {
  return spawnSync(file, ['--version']).status === 0
}
