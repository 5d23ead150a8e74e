/** The project that docs/tasks.md builds up runs, and each of its examples answers what the text says. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { projectOf, temporary } from './document-blocks.ts'
import { ServerUnderTest } from './system/server-under-test.ts'

describe('the project in docs/tasks.md', () => {
  it('runs, and each example does what the text says', async () => {
    using folder = temporary()
    projectOf('docs/tasks.md', folder.dir)
    await using server = await ServerUnderTest.start('', { dir: folder.dir, withPackages: true })
    assert.equal(typeof (await server.json('/mail')), 'number')
    await server.log(({ msg }) => msg === 'Mail to ada@example.com: Hello', 'the mail')
    assert.deepEqual(await server.json('/mail-wait'), { accepted: 'ada@example.com' })
    assert.match(String(await server.json('/mail-wrong')), /^The input of send-mail is invalid: \$\.to: /)
    const { state, value } = (await server.json('/thumbnails')) as Record<string, unknown>
    assert.deepEqual([state, value], ['completed', ['cat.small.png', 'dog.small.png']])
    assert.equal(await server.json('/shrink'), 'cat.png is 640 pixels wide')
    assert.equal(await server.json('/print'), 'Hello, 2 times')
    assert.equal(await server.json('/report'), 'Report for May, 1 times')
    const { message, stamps } = (await server.json('/upload')) as Record<string, unknown>
    assert.deepEqual([message, stamps], [{ file: 'cat.png' }, []])
    await server.log(({ msg }) => msg === 'cat.png was uploaded', 'the second handler')
  })
})
