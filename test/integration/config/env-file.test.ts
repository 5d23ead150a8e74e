/** The file of variables: read for the user's code, checked with the configuration, never a source of settings. */
import assert from 'node:assert/strict'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, it } from 'node:test'
import { readEnvFile } from '../../../src/config/env-file.ts'
import { linesOf, load, temporaryFolder } from './load-config.ts'

const { folder, written } = temporaryFolder()

beforeEach(() => rm(path.join(folder, '.env'), { recursive: true, force: true }))

describe('readEnvFile', () => {
  it('reads the variables of the file, relative to the root', async () => {
    await written('app.env', '\uFEFF# secrets\nTOKEN="a b"\nexport MODE=test # comment\nEMPTY=\n')
    const variables = readEnvFile({ root: folder, envFile: './app.env' })
    assert.deepEqual(variables, { TOKEN: 'a b', MODE: 'test', EMPTY: '' })
  })

  it('gives nothing without a file, or for a folder of that name', async () => {
    assert.deepEqual(readEnvFile({ root: folder, envFile: '.env' }), {})
    await mkdir(path.join(folder, '.env'))
    assert.deepEqual(readEnvFile({ root: folder, envFile: '.env' }), {})
  })

  it('reaches no prototype', async () => {
    await written('.env', '__proto__=1\nconstructor=2\n')
    readEnvFile({ root: folder, envFile: '.env' })
    assert.equal(Object.getPrototypeOf({}), Object.prototype)
  })
})

describe('a configuration', () => {
  it('needs no .env', async () => {
    const { config, warnings } = await load(undefined, { cwd: folder })
    assert.equal(config.envFile, '.env')
    assert.deepEqual(warnings, [])
  })

  it('that names a file of variables needs it', async () => {
    const file = await written('named.yaml', 'port: 1\nenvFile: ./secret.env\n')
    assert.deepEqual(await linesOf(file, { cwd: folder }), [
      `✖ named.yaml:2  envFile = ./secret.env  there is no file ${path.join(folder, 'secret.env')}`,
      '1 problem; nothing was started.',
    ])
    const [line] = await linesOf('promise.config.mjs', { overrides: ['envFile=.env'] })
    assert.match(line ?? '', /^✖ -o envFile {2}envFile = \.env {2}there is no file/)
  })

  it('takes no settings from it, and says so', async () => {
    await written('.env', 'TSRV_PORT=1\nPORT=2\nTSRV_OTHER=3\n')
    const { config, warnings } = await load(undefined, { cwd: folder })
    assert.equal(config.port, 8080)
    assert.deepEqual(
      warnings.map(({ where, key }) => [where, key]),
      [['.env', 'TSRV_PORT']],
    )
  })

  it('function does not see it', async () => {
    await written('.env', 'SEEN=yes\n')
    const file = await written(
      'env.config.mjs',
      'export default ({ env }) => ({ name: env.SEEN ?? "unseen" })\n',
    )
    assert.equal((await load(file, { cwd: folder })).config.name, 'unseen')
  })
})
