import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { printBroken, printMended, printWatchNews, printWatchTrouble } from '../../../src/cli/render/watch.ts'
import type { Config } from '../../../src/config/config.ts'
import type { WatchNews } from '../../../src/entry/watched-reloads.ts'
import { TsrvError } from '../../../src/errors.ts'
import type { Logger } from '../../../src/server.ts'
import { printed } from './printed.ts'

const here = (name: string): string => path.resolve(name)
const config = (pretty: boolean): Config => ({ log: { pretty } }) as unknown as Config

function logged(news: WatchNews): readonly [level: string, fields: object, message: string] {
  const records: [string, object, string][] = []
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void records.push([level, fields, message])
  printWatchNews(news, config(false), { info: at('info'), error: at('error') } as unknown as Logger)
  assert.equal(records.length, 1)
  return records[0]!
}

describe('the news of watch mode', () => {
  const line = (t: Parameters<typeof printed>[0], news: WatchNews): string =>
    printed(t, () => printWatchNews(news, config(true), {} as Logger))

  it('are one line each on a terminal', (t) => {
    const files = [here('src/app.ts')]
    assert.equal(line(t, { is: 'reloading', files }), 'src/app.ts changed, reloading ...\n')
    const done = { is: 'reloaded', generation: 2, ms: 38 } as const
    assert.match(line(t, { ...done, replaced: ['http 0', 'http 1'] }), /✓ HTTP workers reloaded in 38 ms/)
    assert.match(line(t, { ...done, replaced: ['task 0'] }), /✓ task workers reloaded in 38 ms/)
    assert.match(line(t, { ...done, replaced: ['task 0', 'http 0'] }), /✓ server reloaded in 38 ms/)
    assert.match(line(t, { is: 'unaffected' }), /✓ nothing that runs is affected/)
    const failed = line(t, { is: 'failed', reason: 'HTTP worker 0: no\u001b[2J' })
    assert.match(failed, /✖ Reload failed, the last good code keeps serving: HTTP worker 0: no�\[2J/)
  })

  it('name two files, and count more', (t) => {
    const files = ['a.ts', 'b.ts', 'c.ts', 'd.ts'].map(here)
    assert.match(line(t, { is: 'reloading', files: files.slice(0, 2) }), /^a\.ts and b\.ts changed/)
    assert.match(line(t, { is: 'reloading', files }), /^a\.ts and 3 more files changed/)
  })

  it('say of a config with one problem what it is, and list several', (t) => {
    const one = '✖ tsrv.config.ts:1  port  Invalid port'
    assert.match(
      line(t, { is: 'failed', reason: `${one}\n1 problem` }),
      /serving: tsrv\.config\.ts:1 {2}port {2}Invalid port\S*\n$/,
    )
    assert.match(line(t, { is: 'failed', reason: `${one}\n${one}\n2 problems` }), /2 problems/)
  })

  it('are records where logs are for machines', () => {
    const files = [here('app.ts')]
    assert.deepEqual(logged({ is: 'reloading', files }), [
      'info',
      { event: 'reloading', changed: files },
      'app.ts changed, reloading',
    ])
    const [, fields] = logged({ is: 'reloaded', generation: 2, replaced: ['http 0'], ms: 38 })
    assert.deepEqual(fields, { event: 'reloaded', generation: 2, replaced: ['http 0'], ms: 38 })
    const [level, , message] = logged({ is: 'failed', reason: 'it does not boot' })
    assert.deepEqual(
      [level, message],
      ['error', 'Reload failed, the last good code keeps serving: it does not boot'],
    )
    assert.deepEqual(logged({ is: 'unaffected' })[1], { event: 'unaffected' })
  })
})

describe('a start in watch mode that fails', () => {
  it('says why, that it waits, and what made it go on', (t) => {
    const error = new TsrvError('BOOT_FAILED', { process: 'HTTP worker 0', reason: 'no app' })
    const broken = printed(t, () => printBroken(error), 'stderr')
    assert.match(
      broken,
      /✖ HTTP worker 0 could not start: no app\S*\nWaiting for a file to change; Ctrl\+C ends/,
    )
    const mended = printed(t, () => printMended([here('app.ts')]), 'stderr')
    assert.equal(mended, 'app.ts changed, starting ...\n')
  })

  it('warns when files cannot be watched, and knows what helps', (t) => {
    const text = printed(t, () => printWatchTrouble('ENOSPC: no watches left'), 'stderr')
    assert.match(text, /⚠ ENOSPC: no watches left: changes may go unnoticed; --poll/)
  })
})
