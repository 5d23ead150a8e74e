import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const ESCAPE = '\u001b'

describe('the command line', () => {
  it('shows its commands in groups, with examples and exit statuses', async () => {
    const { code, stdout } = await tsrv(project('plain-app'), ['--help'])
    assert.equal(code, 0)
    for (const expected of [
      /^Server:$/m,
      /^ {2}start /m,
      /^ {2}logs /m,
      /^Configuration:$/m,
      /^Setting up:\n {2}init .*\n {2}completion /m,
      /^Examples:$/m,
      /78 bad configuration/,
    ]) {
      assert.match(stdout, expected)
    }
  })

  it('shows the settings of the config table as options of start', async () => {
    const { stdout } = await tsrv(project('plain-app'), ['start', '--help'])
    for (const expected of [
      /^Settings:$/m,
      /-w, --workers <n\|auto>/,
      /-t, --task-workers <n\|auto>/,
      /--host/,
      /--port/,
      /-o, --override/,
    ]) {
      assert.match(stdout, expected)
    }
  })

  it('suggests the command that was meant', async () => {
    const { code, stderr } = await tsrv(project('plain-app'), ['strat'])
    assert.equal(code, 1)
    assert.match(stderr, /^✖ Unknown command 'strat'\n\(Did you mean start\?\)/)
  })

  it('suggests the command whose help was meant', async () => {
    const { code, stdout, stderr } = await tsrv(project('plain-app'), ['help', 'lgos'])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^✖ Unknown command 'lgos'\n\(Did you mean logs\?\)/)
  })

  it('suggests the option that was meant', async () => {
    const { code, stderr } = await tsrv(project('plain-app'), ['start', '--worker', '2'])
    assert.equal(code, 1)
    assert.match(stderr, /Did you mean --workers\?/)
  })

  for (const option of ['-w', '-t']) {
    it(`wants a value for ${option}`, async () => {
      const { code, stderr } = await tsrv(project('plain-app'), ['start', option])
      assert.equal(code, 1)
      assert.match(stderr, /argument missing/)
    })
  }

  it('writes no colours into a pipe, and none when NO_COLOR asks for that', async () => {
    const dir = project('plain-app')
    assert.equal((await tsrv(dir, ['start', '--port', 'x'])).stderr.includes(ESCAPE), false)
    assert.equal(
      (await tsrv(dir, ['start', '--port', 'x'], { FORCE_COLOR: '1' })).stderr.includes(ESCAPE),
      true,
    )
    assert.equal(
      (await tsrv(dir, ['start', '--port', 'x'], { NO_COLOR: '1' })).stderr.includes(ESCAPE),
      false,
    )
  })

  it('tells its version', async () => {
    assert.match((await tsrv(project('plain-app'), ['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  })
})

describe('tsrv status', () => {
  it('says what runs, with status 0', async () => {
    await using server = await ServerUnderTest.start('tasks-app')
    const { code, stdout } = await tsrv(server.dir, ['status'])
    assert.equal(code, 0)
    assert.match(stdout, /Server is running: tsrv \d/)
    assert.match(stdout, /http 1/)
    assert.match(stdout, /task workers: 0 idle · 1 idle/)
  })

  it('is JSON for scripts with --json', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const status = JSON.parse((await tsrv(server.dir, ['status', '--json'])).stdout) as Record<
      string,
      unknown
    >
    assert.deepEqual([status['state'], status['pid'], status['urls']], ['ready', server.pid, [server.url]])
  })

  it('ends with status 3 where no server runs', async () => {
    const { code, stdout } = await tsrv(project('plain-app'), ['status'])
    assert.deepEqual([code, stdout], [3, 'Server is not running\n'])
  })

  it('ends with status 1 while the server is not ready', async () => {
    await using server = ServerUnderTest.launch('plain-app', {
      args: ['-w', '1'],
      files: {
        'app.js':
          'await new Promise((resolve) => setTimeout(resolve, 60000)); export default () => new Response()',
      },
    })
    for (;;) {
      const { code, stdout } = await tsrv(server.dir, ['status'])
      if (code === 3) continue
      assert.equal(code, 1)
      if (/starting/.test(stdout)) break
    }
    server.kill('SIGTERM')
    await server.ended
  })
})

describe('tsrv config', () => {
  it('prints the configuration in effect', async () => {
    const { code, stdout } = await tsrv(project('tasks-app'), ['config', '-t', '7', '-o', 'log.level=warn'])
    assert.equal(code, 0)
    const config = JSON.parse(stdout) as { taskWorkers: number; workers: number; log: { level: string } }
    assert.deepEqual([config.taskWorkers, config.workers, config.log.level], [7, 2, 'warn'])
  })

  it('says with --check that a configuration is sound', async () => {
    const { code, stdout } = await tsrv(project('tasks-app'), ['config', '--check'])
    assert.equal(code, 0)
    assert.match(stdout, /sound.*tsrv\.config\.json/)
  })

  it('says with --check what is wrong', async () => {
    const dir = project('plain-app', { 'tsrv.config.ts': 'export default { wokers: 1 }' })
    const { code, stderr } = await tsrv(dir, ['config', '--check'])
    assert.equal(code, 78)
    assert.match(stderr, /did you mean "workers"/)
  })
})
