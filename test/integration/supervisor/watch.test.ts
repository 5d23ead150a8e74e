import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { closeSync, ftruncateSync, futimesSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Watch } from '../../../src/supervisor/watch/watch.ts'
import type { Loaded } from '../../../src/wire/loaded.ts'
import { fileWith, loaded } from '../../unit/supervisor/watch/loaded-files.ts'

class Child extends EventEmitter {
  tells(generation: number, ...files: readonly string[]): void {
    this.emit('message', { type: 'loaded', generation, files: loaded(...files) } satisfies Loaded)
  }
}

const never = new AbortController().signal

function setUp(): { watch: Watch; http: Child; tasks: Child } {
  const watch = new Watch({ poll: false, onTrouble: assert.fail })
  const [http, tasks] = [new Child(), new Child()]
  watch.child(http as unknown as ChildProcess, 'http-worker')
  watch.child(tasks as unknown as ChildProcess, 'task-server')
  return { watch, http, tasks }
}

describe('watching files', () => {
  it('tells of a change, and who has loaded the file', async () => {
    const { watch, http, tasks } = setUp()
    await using _ = watch
    const [app, shared] = [fileWith('1'), fileWith('2')]
    http.tells(1, app, shared)
    tasks.tells(1, shared)
    assert.equal(watch.size, 2)
    const changes = watch.changes(never)
    writeFileSync(shared, 'changed')
    assert.deepEqual(await changes, { files: [shared], parts: new Set(['http', 'tasks']) })
  })

  it('tells of changes from before it was asked, and before the system could tell', async () => {
    const { watch, http } = setUp()
    await using _ = watch
    const file = fileWith('1')
    http.tells(1, file)
    writeFileSync(file, 'changed at once')
    assert.deepEqual((await watch.changes(never))?.files, [file])
  })

  it('follows what is loaded later', async () => {
    const { watch, http } = setUp()
    await using _ = watch
    http.tells(1, fileWith('1'))
    const changes = watch.changes(never)
    const late = fileWith('2')
    http.tells(1, late)
    writeFileSync(late, 'changed')
    assert.deepEqual((await changes)?.files, [late])
  })

  it('waits for the content of a file that was emptied', async () => {
    const { watch, http } = setUp()
    await using _ = watch
    const file = fileWith('1')
    http.tells(1, file)
    const changes = watch.changes(never)
    const fd = openSync(file, 'r+')
    ftruncateSync(fd)
    // Signs that find it still empty.
    for (let sign = 0; sign < 4; sign += 1) {
      await new Promise((resolve) => setTimeout(resolve, 40))
      futimesSync(fd, new Date(), new Date())
    }
    writeSync(fd, '2')
    closeSync(fd)
    await changes
    const more = watch.changes(AbortSignal.timeout(500))
    assert.equal(await more, undefined, 'told once')
  })

  it('takes a file that stays empty for what it is', async () => {
    const { watch, http } = setUp()
    await using _ = watch
    const file = fileWith('1')
    http.tells(1, file)
    writeFileSync(file, '')
    assert.deepEqual((await watch.changes(never))?.files, [file])
  })

  it('does not tell of files that nothing which runs has loaded', async () => {
    const { watch, http } = setUp()
    await using _ = watch
    const [dropped, kept] = [fileWith('1'), fileWith('2')]
    http.tells(1, dropped, kept)
    http.tells(2, kept)
    watch.renewed(['http'], 2)
    const changes = watch.changes(never)
    writeFileSync(dropped, 'changed')
    writeFileSync(kept, 'changed')
    assert.deepEqual((await changes)?.files, [kept])
    assert.equal(watch.size, 1)
  })

  it('follows the files of a configuration, and of one that is wrong besides those of the last good one', async () => {
    const { watch } = setUp()
    await using _ = watch
    const [first, second] = [fileWith('1'), fileWith('2')]
    const good = watch.config()
    good.onLoaded(loaded(first))
    good.succeeded()
    watch.config().onLoaded(loaded(second))
    for (const file of [first, second]) {
      writeFileSync(file, `changed ${file}`)
      assert.deepEqual(await watch.changes(never), { files: [file], parts: new Set(['config']) })
    }
  })

  it('ends when the signal aborts', async () => {
    const { watch } = setUp()
    await using _ = watch
    const stop = new AbortController()
    const changes = watch.changes(stop.signal)
    stop.abort()
    assert.equal(await changes, undefined)
  })
})
