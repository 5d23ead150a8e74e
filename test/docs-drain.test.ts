/** The server-sent events that docs/events.md shows end with their worker, whole. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { projectOf, temporary } from './document-blocks.ts'
import { LongAnswer } from './system/long-connections.ts'
import { tsrv } from './system/project.ts'
import { ServerUnderTest } from './system/server-under-test.ts'

describe('the server-sent events in docs/events.md', () => {
  it('end when their worker drains, and go on in the next one', async () => {
    using folder = temporary()
    projectOf('docs/events.md', folder.dir)
    rmSync(path.join(folder.dir, 'tsrv.config.ts'))
    writeFileSync(path.join(folder.dir, 'tsrv.config.json'), '{ "workers": 1, "app": "./src/time.ts" }')
    await using server = await ServerUnderTest.start('', { dir: folder.dir })
    const times = new LongAnswer(server, '/')
    await times.sees('data: ')
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.equal(await times.over(), 'end')
    const again = new LongAnswer(server, '/')
    await again.sees('data: ')
    assert.equal((await server.stop()).code, 0)
    assert.equal(await again.over(), 'end')
    const loud = server.logs.filter(({ level }) => level === 'error' || level === 'warn')
    assert.deepEqual(loud, [])
  })
})
