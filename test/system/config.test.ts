/** `tsrv config`: where values come from, the schema, and configs of every kind as the command line meets them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { project, tsrv } from './project.ts'

describe('tsrv config --where', () => {
  it('prints the source of each value', async () => {
    const dir = project('config/bare', {
      'tsrv.config.yaml': 'port: 3000\nlisteners:\n  TaskEvent: ./a.ts\n',
    })
    const { code, stdout } = await tsrv(dir, ['config', '--where', '-w', '3', '-o', 'log.level=debug'], {
      TSRV_NAME: 'shop',
    })
    assert.equal(code, 0)
    for (const line of [
      /^SETTING +FROM +VALUE$/m,
      /^host +default +"127\.0\.0\.1"$/m,
      /^port +tsrv\.config\.yaml:1 +3000$/m,
      /^workers +--workers +3$/m,
      /^listeners\.TaskEvent +tsrv\.config\.yaml:3 +\{.*"\.\/a\.ts"/m,
      /^name +TSRV_NAME +"shop"$/m,
      /^log\.level +-o log\.level +"debug"$/m,
    ]) {
      assert.match(stdout, line)
    }
  })

  it('lets no value steer the terminal', async () => {
    const dir = project('config/bare', { 'tsrv.config.json': '{ "name": "a\\u009b2J\\u001b[2J" }' })
    const { stdout } = await tsrv(dir, ['config', '--where'])
    assert.match(stdout, /^name .*"a/m)
    // oxlint-disable-next-line no-control-regex -- these must not be there
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  it('says what is wrong with a broken config', async () => {
    const dir = project('config/bare', { 'tsrv.config.yaml': 'prt: 1\n' })
    const { code, stdout, stderr } = await tsrv(dir, ['config', '--where'])
    assert.deepEqual([code, stdout], [78, ''])
    assert.match(stderr, /^✖ tsrv\.config\.yaml:1 {2}prt {2}unknown key — did you mean "port"\?/)
  })
})

describe('tsrv config --schema', () => {
  it('prints the schema that the package ships, even beside a broken config', async () => {
    const { code, stdout } = await tsrv(project('config/bare', { 'tsrv.config.json': '{' }), [
      'config',
      '--schema',
    ])
    assert.equal(code, 0)
    const shipped = path.resolve(import.meta.dirname, '../../config/schema.json')
    assert.equal(stdout, readFileSync(shipped, 'utf8'))
  })

  for (const other of ['--where', '--check']) {
    it(`cannot be asked for together with ${other}`, async () => {
      const { code, stderr } = await tsrv(project('config/bare'), ['config', '--schema', other])
      assert.equal(code, 1)
      assert.match(stderr, /cannot be used with option/)
    })
  }
})

describe('a config in a place of its own', () => {
  for (const [name, text] of [
    ['.config/tsrv.yaml', 'port: 3001\n'],
    ['.config/tsrv.config.ts', 'export default { port: 3001 as number }\n'],
    ['.tsrvrc.mjs', 'export default { port: 3001 }\n'],
    ['package.json', '{ "tsrv": { "port": 3001 } }\n'],
  ] as const) {
    it(`is read from ${name}, its paths being relative to the project`, async () => {
      const dir = project('config/bare', { [name]: text })
      const { code, stdout, stderr } = await tsrv(dir, ['config'])
      assert.equal(code, 0, stderr)
      const { port, root } = JSON.parse(stdout) as { port: number; root: string }
      assert.deepEqual([port, path.basename(root)], [3001, path.basename(dir)])
    })
  }

  it('is refused beside another one, with both names and status 78', async () => {
    const dir = project('config/bare', { '.tsrvrc': 'port: 1', 'tsrv.config.json': '{}' })
    const { code, stderr } = await tsrv(dir, ['config'])
    assert.equal(code, 78)
    assert.match(stderr, /Two configuration files in one folder: tsrv\.config\.json, \.tsrvrc\./)
  })
})
