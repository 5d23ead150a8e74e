import assert from 'node:assert/strict'
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { FollowedFiles } from '../../../../src/supervisor/watch/followed-files.ts'
import { fileWith, loaded, root } from './loaded-files.ts'

/** A write that a clock of whole milliseconds sees, too. */
function write(file: string, text: string): void {
  const { mtimeMs } = statSync(file)
  writeFileSync(file, text)
  utimesSync(file, new Date(), new Date(mtimeMs + 1000))
}

describe('followed files', () => {
  it('have not changed when they are as they were loaded', async () => {
    const files = new FollowedFiles()
    const file = fileWith('one')
    assert.deepEqual(files.add('http', 1, loaded(file)), [file])
    assert.equal(await files.look(file), 'same')
    assert.equal(await files.look(file), 'same')
  })

  it('have changed once when they were written', async () => {
    const files = new FollowedFiles()
    const file = fileWith('one')
    files.add('http', 1, loaded(file))
    await files.look(file)
    write(file, 'two')
    assert.equal(await files.look(file), 'changed')
    assert.equal(await files.look(file), 'same')
  })

  it('have changed when they were written between their load and the first look', async () => {
    const files = new FollowedFiles()
    const file = fileWith('one')
    const [before] = loaded(file)
    write(file, 'two')
    files.add('http', 1, [before!])
    assert.equal(await files.look(file), 'changed')
  })

  it('have not changed when they were written with what was in them', async () => {
    const files = new FollowedFiles()
    const file = fileWith('one')
    files.add('http', 1, loaded(file))
    await files.look(file)
    write(file, 'one')
    assert.equal(await files.look(file), 'same')
  })

  it('are told apart when they have been emptied, which is often the first half of a write', async () => {
    const files = new FollowedFiles()
    const file = fileWith('one')
    files.add('http', 1, loaded(file))
    await files.look(file)
    write(file, '')
    assert.equal(await files.look(file), 'emptied')
    assert.equal(await files.look(file), 'same')
    write(file, 'two')
    assert.equal(await files.look(file), 'changed')
  })

  it('change when they are removed, and when they come back', async () => {
    const files = new FollowedFiles()
    const file = fileWith('one')
    files.add('http', 1, loaded(file))
    await files.look(file)
    rmSync(file)
    assert.equal(await files.look(file), 'changed')
    assert.equal(await files.look(file), 'same')
    writeFileSync(file, 'one')
    assert.equal(await files.look(file), 'changed')
  })

  it('have not changed when they are gone before the first look, as files are that tools make for a start', async () => {
    const files = new FollowedFiles()
    const file = fileWith('for a moment')
    files.add('http', 1, loaded(file))
    rmSync(file)
    assert.equal(await files.look(file), 'same')
    writeFileSync(file, 'again')
    assert.equal(await files.look(file), 'changed')
  })

  it('may be missing from the start, and change when they appear', async () => {
    const files = new FollowedFiles()
    const file = path.join(root, 'later.ts')
    files.add('http', 1, [[file, null]])
    assert.equal(files.size, 0)
    assert.equal(await files.look(file), 'same')
    writeFileSync(file, 'here')
    assert.equal(await files.look(file), 'changed')
    assert.equal(files.size, 1)
  })

  it('do not change by something that is no file', async () => {
    const files = new FollowedFiles()
    files.add('http', 1, [[root, statSync(root).mtimeMs]])
    assert.equal(await files.look(root), 'same')
    assert.equal(await files.look('/never/heard/of'), 'same')
  })

  it('are new once, whoever loads them as well', () => {
    const files = new FollowedFiles()
    const file = fileWith('one')
    assert.deepEqual(files.add('http', 1, loaded(file)), [file])
    assert.deepEqual(files.add('tasks', 1, loaded(file)), [])
    assert.deepEqual(files.partsOf([file]), new Set(['http', 'tasks']))
  })

  it('are forgotten when no part that runs has loaded them', () => {
    const files = new FollowedFiles()
    const [kept, shared, dropped] = [fileWith('1'), fileWith('2'), fileWith('3')]
    files.add('http', 1, loaded(kept, shared, dropped))
    files.add('tasks', 1, loaded(shared))
    files.add('http', 2, loaded(kept))
    files.renewed('http', 2)
    assert.deepEqual(files.partsOf([shared]), new Set(['tasks']))
    assert.deepEqual(files.dropStale(), [dropped])
    assert.deepEqual(files.dropStale(), [])
  })

  it('stay when a generation that loads others does not come into use', () => {
    const files = new FollowedFiles()
    const [old, broken] = [fileWith('1'), fileWith('2')]
    files.add('http', 1, loaded(old))
    files.add('http', 2, loaded(broken))
    assert.deepEqual(files.dropStale(), [])
    files.add('http', 3, loaded(broken))
    files.renewed('http', 3)
    assert.deepEqual(files.dropStale(), [old])
  })

  it('are not those that the last workers of an older generation still load', () => {
    const files = new FollowedFiles()
    files.renewed('http', 2)
    assert.deepEqual(files.add('http', 1, loaded(fileWith('late'))), [])
  })
})
