/** `tsrv logs`: the end of the log, and what comes. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { DetachedProject } from './detached-server.ts'
import { Follower } from './log-follower.ts'
import { BIN, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

/** A project with a log, but without a server. */
function withLog(text: string): DetachedProject {
  const project = new DetachedProject('plain-app')
  mkdirSync(path.dirname(project.runFile('server.log')))
  writeFileSync(project.runFile('server.log'), text)
  return project
}

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('')

describe('tsrv logs', () => {
  it('shows the last 100 lines, as they are in a pipe', async () => {
    await using project = withLog(numbered(1000))
    const { code, stdout, stderr } = await tsrv(project.dir, ['logs'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(stdout, numbered(1000).slice(numbered(900).length))
  })

  it('shows as many lines as -n says', async () => {
    await using project = withLog(numbered(5))
    for (const [lines, expected] of [
      ['0', ''],
      ['1', 'line 5\n'],
      ['9', numbered(5)],
      ['all', numbered(5)],
    ] as const) {
      assert.equal((await tsrv(project.dir, ['logs', '-n', lines])).stdout, expected, lines)
    }
  })

  for (const wrong of ['x', '-1', '1.5', '']) {
    it(`does not take "${wrong}" for a number of lines`, async () => {
      await using project = withLog('')
      const { code, stderr } = await tsrv(project.dir, ['logs', `--lines=${wrong}`])
      assert.equal(code, 1)
      assert.match(
        stderr,
        /^✖ Cannot take ".*" for .*--lines .*\. Expected a number of lines, such as 20, or "all"\. /,
      )
    })
  }

  it('says in one line that there is no log where no server ran', async () => {
    await using project = new DetachedProject('plain-app')
    const { code, stdout, stderr } = await tsrv(project.dir, ['logs'])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^✖ There is no log at \.tsrv\/server\.log: no server was started with "tsrv start -d" here\.\n$/,
    )
  })

  it('says that a server in the foreground has no log file', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    const { code, stderr } = await tsrv(server.dir, ['logs'])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`the server \\(pid ${server.pid}\\) runs in the foreground`))
  })

  it('warns that a log is of an earlier server than the one in the foreground', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    writeFileSync(server.runFile('server.log'), 'old\n')
    const { code, stdout, stderr } = await tsrv(server.dir, ['logs'])
    assert.deepEqual([code, stdout], [0, 'old\n'])
    assert.match(stderr, /^⚠ .*runs in the foreground.*earlier one\n$/)
  })

  it('shows the log of a running server, without a word more', async () => {
    await using server = new DetachedProject('plain-app')
    await server.ready(['-w', '1'])
    const { code, stdout, stderr } = await tsrv(server.dir, ['logs'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(stdout, server.log)
  })

  it('ends when its reader has seen enough', async () => {
    await using project = withLog(numbered(500_000))
    const child = spawn(process.execPath, [BIN, 'logs', '-f', '-n', 'all'], {
      cwd: project.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.once('data', () => child.stdout.destroy())
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const [code] = (await once(child, 'close')) as [number]
    assert.deepEqual([code, stderr], [0, ''])
  })
})

describe('tsrv logs -f', () => {
  it('shows what comes, and ends with status 0 on Ctrl+C', async () => {
    await using project = withLog(numbered(2))
    await using follower = new Follower(project.dir, ['-n', '1'])
    await follower.shows('line 2\n')
    appendFileSync(project.runFile('server.log'), 'new\nhalf a')
    await follower.shows('line 2\nnew\n')
    appendFileSync(project.runFile('server.log'), ' line\n')
    await follower.shows('line 2\nnew\nhalf a line\n')
    assert.equal(await follower.end('SIGINT'), 0)
  })

  it('goes on when the file is truncated', async () => {
    await using project = withLog(numbered(3))
    await using follower = new Follower(project.dir)
    await follower.shows(numbered(3))
    truncateSync(project.runFile('server.log'))
    appendFileSync(project.runFile('server.log'), 'after\n')
    await follower.shows(`${numbered(3)}after\n`)
  })

  it('goes on with the file that takes the name, and misses nothing of the old one', async () => {
    await using project = withLog('old\n')
    const log = project.runFile('server.log')
    await using follower = new Follower(project.dir)
    await follower.shows('old\n')
    appendFileSync(log, 'last')
    renameSync(log, `${log}.1`)
    appendFileSync(`${log}.1`, ' words\n')
    await follower.shows('old\nlast words\n')
    writeFileSync(log, 'new\n')
    await follower.shows('old\nlast words\nnew\n')
  })

  it('goes on over a stop and the next start', async () => {
    await using server = new DetachedProject('plain-app')
    await server.ready(['-w', '1'])
    await using follower = new Follower(server.dir)
    const has = (count: number, text: string): boolean => follower.text.split(text).length - 1 === count
    await until(() => has(1, 'Server is ready'), 'the first start')
    await tsrv(server.dir, ['stop'])
    await until(() => has(1, 'Stopping server'), 'the stop')
    await server.ready(['-w', '1'])
    await until(() => has(2, 'Server is ready'), 'the next start')
  })
})

describe('tsrv logs on a terminal', () => {
  const hasScript = spawnSync('script', ['--version']).status === 0
  const skip = hasScript ? false : 'the command "script" is not installed'

  it('shows records as readable lines, and others so that they cannot steer it', { skip }, async () => {
    const record = {
      level: 'warn',
      time: '2026-01-01T00:00:00.000Z',
      process: 'http 0',
      msg: 'Something',
      taskId: 7,
    }
    await using project = withLog(`${JSON.stringify(record)}\nplain \u001b]0;title\u0007text\n`)
    const typescript = path.join(project.dir, 'typescript')
    const command = `'${process.execPath}' '${BIN}' logs`
    const { status } = spawnSync('script', ['-qec', command, typescript], {
      cwd: project.dir,
      stdio: 'ignore',
    })
    assert.equal(status, 0)
    const shown = readFileSync(typescript, 'utf8')
    assert.match(shown, /WARN.*http 0 +Something/)
    assert.match(shown, /taskId.*7/)
    assert.match(shown, /plain .*text/)
    assert.equal(shown.includes('\u001b]0;title'), false)
  })
})
