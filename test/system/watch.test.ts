import assert from 'node:assert/strict'
import http from 'node:http'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { isAlive } from './alive.ts'
import { project, tsrv } from './project.ts'
import { answers, WatchedServer } from './watched-server.ts'

const imports = (file: string): string =>
  `import { text } from '${file}'\nexport default () => new Response(text)`
const says = (text: string): string => `export const text = '${text}'`

describe('tsrv start --watch', () => {
  it('reloads what is saved, and names the file', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      args: ['-w', '1'],
      files: { 'app.ts': imports('./lib/text.ts'), 'lib/text.ts': says('one') },
    })
    const ready = watched.server.logs.find((record) => record['event'] === 'ready')
    assert.equal(ready?.['watching'], 3, 'the config and two modules')
    watched.save('lib/text.ts', says('two'))
    assert.deepEqual(await watched.reloaded(), ['lib/text.ts'])
    assert.equal(await watched.text(), 'two')
    watched.save('lib/text.ts', says('three'))
    watched.save('app.ts', `${imports('./lib/text.ts')} // with a remark`)
    const named = new Set<string>()
    // One reload, unless something came in between the two saves.
    while (named.size < 2) for (const file of await watched.reloaded()) named.add(file)
    assert.deepEqual([...named].toSorted(), ['app.ts', 'lib/text.ts'])
    assert.equal(await watched.text(), 'three')
  })

  it('keeps the last good code serving after a broken save, says why, and goes on with the next good one', async () => {
    await using watched = await WatchedServer.start('plain-app', { files: { 'app.ts': answers('good') } })
    watched.save('app.ts', 'export default {{{')
    const reason = await watched.failed()
    assert.match(reason, /^Reload failed, the last good code keeps serving: .*Cannot load app\.ts.*app\.ts:1/)
    assert.doesNotMatch(reason, /\n/)
    assert.equal(await watched.text(), 'good')
    watched.save('app.ts', answers('better'))
    assert.deepEqual(await watched.reloaded(), ['app.ts'])
    assert.equal(await watched.text(), 'better')
    assert.deepEqual((await watched.server.status()).problems, [])
  })

  it('follows files that only code which failed has loaded, or has looked for', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      args: ['-w', '1'],
      files: { 'app.ts': answers('old') },
    })
    for (const file of ['broken-1.ts', 'broken-2.ts', 'broken-3.ts']) {
      watched.save(file, 'export const text = ;')
      watched.save('app.ts', imports(`./${file}`))
      await watched.failed()
      watched.save(file, says(`mended ${file}`))
      assert.deepEqual(await watched.reloaded(), [file])
      assert.equal(await watched.text(), `mended ${file}`)
    }
    watched.save('app.ts', imports('./not/there/yet.ts'))
    await watched.failed()
    watched.save('not/there/yet.ts', says('there'))
    assert.deepEqual(await watched.reloaded(), ['not/there/yet.ts'])
    assert.equal(await watched.text(), 'there')
  })

  it('follows what is imported late, required, or read as JSON', async () => {
    const app = `import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      const { deep } = require('./one.cjs')
      export default async (request: Request) =>
        new Response(new URL(request.url).pathname === '/late' ? (await import('./late.ts')).text : deep)`
    await using watched = await WatchedServer.start('plain-app', {
      args: ['-w', '1'],
      files: {
        'app.ts': app,
        'one.cjs': `exports.deep = require('./two.cjs').deep + require('./data.json').text`,
        'two.cjs': `exports.deep = 'a'`,
        'data.json': '{ "text": "b" }',
        'late.ts': says('late'),
      },
    })
    watched.save('two.cjs', `exports.deep = 'A'`)
    assert.deepEqual(await watched.reloaded(), ['two.cjs'])
    watched.save('data.json', '{ "text": "B" }')
    assert.deepEqual(await watched.reloaded(), ['data.json'])
    assert.equal(await watched.text(), 'AB')
    assert.equal(await watched.text('/late'), 'late')
    watched.save('late.ts', says('later'))
    assert.deepEqual(await watched.reloaded(), ['late.ts'])
    assert.equal(await watched.text('/late'), 'later')
  })

  it('does not reload for files that nobody has loaded, for packages, or for a save that changes nothing', async () => {
    const app = `import { writeFileSync } from 'node:fs'
      import { text } from 'thing'
      export default () => { writeFileSync('written.json', String(Math.random())); return new Response(text + '1') }`
    await using watched = await WatchedServer.start('plain-app', {
      args: ['-w', '1'],
      files: {
        'app.ts': app,
        'notes.txt': '',
        'node_modules/thing/package.json': '{ "type": "module", "exports": "./thing.js" }',
        'node_modules/thing/thing.js': `export const text = 'thing'`,
      },
    })
    for (let request = 0; request < 20; request += 1) await watched.text()
    watched.save('notes.txt', 'more')
    watched.save('new.ts', says('new'))
    watched.save('node_modules/thing/thing.js', `export const text = 'other'`)
    watched.save('app.ts', app)
    watched.saveByRename('app.ts', app)
    // Comes last, and is the first to be told of.
    watched.save('app.ts', app.replace('1', '2'))
    await watched.reloaded()
    assert.deepEqual(watched.changes, ['app.ts'])
    assert.equal(await watched.text(), 'other2')
  })

  it('sees saves by rename, removed files and files that come back, through a loop of links as well', async () => {
    const dir = project('plain-app', { 'app.ts': imports('./lib/text.ts'), 'lib/text.ts': says('1') })
    symlinkSync(dir, `${dir}/lib/loop`)
    try {
      await using watched = await WatchedServer.start('plain-app', { dir, args: ['-w', '1'] })
      for (const text of ['2', '3', '4']) {
        watched.saveByRename('lib/text.ts', says(text))
        assert.deepEqual(await watched.reloaded(), ['lib/text.ts'])
        assert.equal(await watched.text(), text)
      }
      rmSync(watched.path('lib'), { recursive: true })
      assert.match(await watched.failed(), /lib\/text\.ts/)
      assert.equal(await watched.text(), '4')
      watched.save('lib/text.ts', says('5'))
      await watched.reloaded()
      assert.equal(await watched.text(), '5')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('makes few reloads of 500 quick saves, the last of which counts, and leaks no descriptor', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      args: ['-w', '1'],
      files: { 'app.ts': answers('0') },
    })
    watched.save('app.ts', answers('first'))
    await watched.reloaded()
    const before = watched.descriptors
    const startedAt = performance.now()
    for (let save = 1; save <= 500; save += 1) {
      if (save % 2 === 0) watched.saveByRename('app.ts', answers(String(save)))
      else watched.save('app.ts', answers(String(save)))
      if (save % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const took = performance.now() - startedAt
    await until(async () => (await watched.text()) === '500', 'the last save')
    const reloads = watched.changes.length
    // One at most for each time that changes are waited for.
    assert.ok(reloads <= Math.ceil(took / 25) + 2, `${reloads} reloads in ${took} ms`)
    await until(
      () => watched.descriptors <= before + 2,
      'descriptors to close',
      () => String(watched.descriptors),
    )
  })

  it('makes one reload of all changes that come during a reload, after it', async () => {
    const waits = (text: string): string => `import { existsSync } from 'node:fs'
      while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 10))
      ${answers(text)}`
    await using watched = await WatchedServer.start('plain-app', {
      args: ['-w', '1'],
      files: { 'app.ts': waits('1'), go: '' },
    })
    rmSync(watched.path('go'))
    watched.save('app.ts', waits('2'))
    await watched.reloading()
    for (const text of ['3', '4', '5']) watched.save('app.ts', waits(text))
    watched.save('go', '')
    await watched.next('reloaded')
    await watched.reloaded()
    assert.equal(await watched.text(), '5')
    assert.equal(watched.changes.length, 2)
  })

  it('lets the next request of a kept connection meet new code', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      // Far longer than this test waits.
      args: ['-o', 'http.keepAliveTimeout=5m'],
      files: { 'app.ts': answers('old') },
    })
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
    const ask = async (): Promise<string> => (await watched.server.request('/', { agent })).text
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map(ask)), ['old', 'old', 'old', 'old'])
    watched.save('app.ts', answers('new'))
    await watched.reloaded()
    await until(() => Object.keys(agent.freeSockets).length === 0, 'the old workers to close what is idle')
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map(ask)), ['new', 'new', 'new', 'new'])
    agent.destroy()
  })

  it('leaves no process behind', async () => {
    await using watched = await WatchedServer.start('plain-app', { args: ['-w', '1'] })
    // The worker, and one that is started ahead.
    await until(() => watched.children.length === 2, 'a spare worker')
    const { children } = watched
    const { code } = await watched.server.stop()
    assert.equal(code, 0)
    assert.ok(!children.some(isAlive))
  })

  it('finds changes by looking with --poll', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      args: ['--poll', '-w', '1'],
      files: { 'app.ts': answers('1') },
    })
    watched.save('app.ts', answers('2'))
    assert.deepEqual(await watched.reloaded(), ['app.ts'])
    watched.saveByRename('app.ts', answers('three'))
    assert.deepEqual(await watched.reloaded(), ['app.ts'])
    assert.equal(await watched.text(), 'three')
  })

  it('watches in the background, too', async () => {
    const dir = project('plain-app', { 'app.ts': answers('1') })
    try {
      const { code, stdout } = await tsrv(dir, ['start', '-d', '--watch', '-w', '1', '-o', 'port=0'])
      assert.equal(code, 0)
      assert.match(stdout, /watching 2 files/)
      const url = /http:\S+/.exec(stdout)?.[0] ?? ''
      writeFileSync(`${dir}/app.ts`, answers('2'))
      await until(async () => (await (await fetch(url)).text()) === '2', 'the new code')
    } finally {
      await tsrv(dir, ['stop'])
      rmSync(dir, { recursive: true })
    }
  })
})
