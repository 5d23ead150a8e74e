/** Where a config file is found, without being evaluated. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { TsrvError } from '../../../src/errors.ts'
import { findConfigFile } from '../../../src/config/find-file.ts'

let root: string

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'tsrv-find-')))
  await mkdir(path.join(root, 'project/src/deep'), { recursive: true })
  await put('project/package.json', '{}')
})

afterEach(() => rm(root, { recursive: true }))

function put(name: string, text: string): Promise<void> {
  return writeFile(path.join(root, name), text)
}

function find(from: string, file?: string) {
  return findConfigFile({ cwd: path.join(root, from), file })
}

describe('findConfigFile', () => {
  const extensions = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'yaml', 'yml']
  const stems = ['tsrv.config', '.tsrvrc', '.config/tsrv.config', '.config/tsrv']
  const names = stems.flatMap((stem) => extensions.map((extension) => `${stem}.${extension}`))
  for (const name of ['.tsrvrc', ...names]) {
    it(`finds ${name} from a folder below, without evaluating it`, async () => {
      await mkdir(path.join(root, 'project/.config'))
      await put(`project/${name}`, 'throw new Error("evaluated")')
      const file = path.join(root, 'project', name)
      assert.deepEqual(find('project/src/deep'), { root: path.join(root, 'project'), file })
    })
  }

  it('finds config.ini only when it has a section of ours', async () => {
    await put('project/config.ini', '[database]\nhost = x\n')
    assert.equal(find('project').file, undefined)
    await put('project/config.ini', '[database]\nhost = x\n[swoole]\nport = 1\n')
    assert.equal(find('project').file, path.join(root, 'project/config.ini'))
  })

  it('finds package.json only when it has the key "tsrv"', async () => {
    await put('project/package.json', '{"dependencies":{"tsrv":"1"}}')
    assert.equal(find('project').file, undefined)
    await put('project/package.json', '\uFEFF{"tsrv":{}}')
    assert.deepEqual(find('project/src'), {
      root: path.join(root, 'project'),
      file: path.join(root, 'project/package.json'),
    })
  })

  it('does not pass over a package.json that is broken and looks as if it had settings', async () => {
    await put('project/package.json', '{"tsrv": {"port": 1,}}')
    assert.equal(find('project').file, path.join(root, 'project/package.json'))
    await put('project/package.json', '{"name": "x",}')
    assert.equal(find('project').file, undefined)
  })

  it('takes the folder around .config as root, also for a file given by -c', async () => {
    await mkdir(path.join(root, 'project/.config'))
    await put('project/.config/staging.yaml', '')
    const found = find('project/src', '../.config/staging.yaml')
    assert.equal(found.root, path.join(root, 'project'))
  })

  it('takes the run directory and folders that are called like a file for none', async () => {
    for (const name of ['.tsrv', '.tsrvrc', 'tsrv.config.ts']) await mkdir(path.join(root, 'project', name))
    assert.equal(find('project').file, undefined)
  })

  it('takes the nearest one', async () => {
    await put('project/tsrv.config.ts', '')
    await put('project/src/tsrv.config.json', '{}')
    assert.equal(find('project/src/deep').root, path.join(root, 'project/src'))
  })

  it('stops at the nearest package.json', async () => {
    await put('tsrv.config.ts', '')
    assert.deepEqual(find('project/src'), { root: path.join(root, 'project/src'), file: undefined })
  })

  it('obeys no settings of other tools', async () => {
    await put('project/package.json', '{"cosmiconfig":{"searchPlaces":["other.json"]}}')
    await put('project/other.json', '{}')
    assert.equal(find('project').file, undefined)
  })

  it('refuses two in one folder, naming both', async () => {
    await put('project/tsrv.config.ts', '')
    await put('project/config.ini', '[tsrv]\n')
    assert.throws(() => find('project/src'), {
      code: 'TSRV_CONFIG_AMBIGUOUS',
      exitCode: 78,
      message: /\.\.\/tsrv\.config\.ts, \.\.\/config\.ini/,
    })
  })

  for (const [one, other] of [
    ['tsrv.config.json', 'tsrv.config.yaml'],
    ['tsrv.config.ts', '.tsrvrc'],
    ['.tsrvrc', '.tsrvrc.json'],
    ['tsrv.config.yml', '.config/tsrv.yml'],
    ['.config/tsrv.config.ts', '.config/tsrv.ts'],
    ['.tsrvrc.yaml', 'package.json'],
    ['package.json', 'config.ini'],
  ] as const) {
    it(`refuses ${one} beside ${other}`, async () => {
      await mkdir(path.join(root, 'project/.config'))
      for (const name of [one, other])
        await put(`project/${name}`, name === 'config.ini' ? '[tsrv]' : '{"tsrv":1}')
      const namesBoth = ({ code, message }: TsrvError): boolean => {
        const [first, second] = [message.indexOf(one), message.indexOf(other)]
        return code === 'TSRV_CONFIG_AMBIGUOUS' && first !== -1 && second > first
      }
      assert.throws(() => find('project'), namesBoth)
    })
  }

  it('takes the file it is given, relative to the working directory', async () => {
    await put('project/tsrv.config.ts', '')
    await put('project/src/any.ini', '')
    const found = find('project', 'src/any.ini')
    assert.deepEqual(found, {
      root: path.join(root, 'project/src'),
      file: path.join(root, 'project/src/any.ini'),
    })
  })

  it('refuses a given file that is not there, or a folder', () => {
    for (const name of ['missing.ts', 'src']) {
      assert.throws(() => find('project', name), {
        code: 'TSRV_CONFIG_NOT_FOUND',
        exitCode: 78,
        message: new RegExp(name),
      })
    }
  })

  it('does not pass over a config file that points nowhere', async () => {
    await symlink('nowhere.ts', path.join(root, 'project/tsrv.config.ts'))
    assert.throws(() => find('project'), { code: 'TSRV_CONFIG_NOT_FOUND', message: /ENOENT/ })
  })
})
