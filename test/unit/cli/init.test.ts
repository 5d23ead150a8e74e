import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { packageName } from '../../../src/cli/commands/init.ts'
import { makesProject, nextSteps, templateFiles, templateNames } from '../../../src/cli/templates.ts'

describe('the name of a new project', () => {
  for (const [folder, name] of [
    ['shop', 'shop'],
    ['My Shop', 'my-shop'],
    ['Ünser.Läden', 'unser.laden'],
    ['.hidden', 'hidden'],
    ['a  b!', 'a-b'],
    ['語', undefined],
    ['', undefined],
    ['node_modules', undefined],
    ['x'.repeat(215), undefined],
  ] as const) {
    it(`is ${name ?? "the template's"} in the folder "${folder.slice(0, 20)}"`, () =>
      assert.equal(packageName(folder), name))
  }
})

describe('a template', () => {
  it('is copied without what its own run has left in a checkout, and with its dot-files', (t) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-templates-'))
    t.after(() => rmSync(dir, { recursive: true }))
    for (const name of ['gitignore', 'src/app.ts', '.tsrv/lock', 'src/data/1.eml']) {
      mkdirSync(path.dirname(path.join(dir, 'shop', name)), { recursive: true })
      writeFileSync(path.join(dir, 'shop', name), '.tsrv/\ndata/\n')
    }
    const targets = templateFiles('shop', dir).map((file) => file.target)
    assert.deepEqual(targets, ['.gitignore', 'src/app.ts'])
  })

  it('is known when it has a folder, and has a folder when it is known', () => {
    const folders = readdirSync(path.resolve(import.meta.dirname, '../../../templates'))
    assert.deepEqual([...templateNames()].sort(), folders.sort())
  })

  for (const name of templateNames()) {
    it(`has what a project needs, or none of it: ${name}`, () => {
      const files = templateFiles(name)
      const targets = files.map((file) => file.target)
      for (const needed of ['package.json', '.gitignore', 'tsconfig.json', 'Dockerfile'])
        assert.equal(
          targets.includes(needed),
          makesProject(files) || (name === 'docker' && needed === 'Dockerfile'),
          needed,
        )
      assert.ok(nextSteps(name).length > 0)
      assert.equal(new Set(targets).size, targets.length)
      assert.deepEqual(
        targets.filter((target) => /^(?:gitignore$|\.tsrv|data|node_modules)/.test(target)),
        [],
      )
    })
  }
})
