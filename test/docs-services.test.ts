/** The projects of docs/services.md, and of the task manager in docs/tasks.md, run as they are written. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { blocksOf, ROOT, temporary, write } from './document-blocks.ts'
import { ServerUnderTest } from './system/server-under-test.ts'

/** Writes the blocks that name their file in the first line. */
function writeProject(document: string, dir: string): void {
  for (const { language, text } of blocksOf(document)) {
    const name = language === 'ts' ? /^\/\/ ([\w./-]+\.ts)\n/.exec(text)?.[1] : undefined
    if (name !== undefined) write(dir, name, text)
  }
  write(dir, 'package.json', '{ "name": "docs", "type": "module" }')
}

describe('docs/services.md', () => {
  it('shows a project that runs', async () => {
    using folder = temporary()
    writeProject('docs/services.md', folder.dir)
    await using server = await ServerUnderTest.start('', { dir: folder.dir, args: ['-w', '1'] })
    await server.log(({ msg }) => msg === 'mailbox is open', 'the first service')
    await server.log(({ msg }) => msg === 'tick', 'the second service')
    assert.deepEqual(await server.json('/hello'), { count: 1, mails: ['/hello'] })
    assert.equal((await server.stop()).code, 0)
    assert.deepEqual(
      server.logs.filter(({ level }) => level === 'error'),
      [],
    )
  })
})

describe('docs/tasks.md', () => {
  it('shows a program with a task manager that runs and ends', () => {
    using folder = temporary()
    writeProject('docs/tasks.md', folder.dir)
    // As an installed package would be found.
    const resolver = path.join(ROOT, 'src/entry/self-resolver.ts')
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', resolver, 'resize.ts'], {
      cwd: folder.dir,
      encoding: 'utf8',
      timeout: 30_000,
    })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /resizing dog\.png: 2 of 2\n/)
    assert.match(stdout, /completed \{ resized: 2 \}\n1 completed, 0 waiting\n$/)
  })
})
