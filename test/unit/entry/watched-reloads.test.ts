import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import type { ReloadReport, ReloadRequest } from '../../../src/control/protocol.ts'
import type { WatchedReload } from '../../../src/entry/reloads.ts'
import { reloadOnChanges, type WatchNews } from '../../../src/entry/watched-reloads.ts'
import { TsrvError } from '../../../src/errors.ts'
import type { Launch } from '../../../src/supervisor/launch.ts'
import type { Part } from '../../../src/supervisor/watch/followed-files.ts'
import type { Changes } from '../../../src/supervisor/watch/watch.ts'

const root = mkdtempSync(path.join(tmpdir(), 'tsrv-watched-'))
after(() => rmSync(root, { recursive: true }))

/** What a reload answers: the names of what it has replaced, or why it failed. */
type Outcome = readonly string[] | Error

/** Changes of these parts, one after the other, and what comes of the reloads. */
class Story {
  readonly orders: (ReloadRequest & WatchedReload)[] = []
  readonly news: WatchNews[] = []
  readonly renewed: string[] = []
  readonly outcomes: Outcome[] = []
  readonly stop = new AbortController()
  /** Called before each change. */
  before: (index: number) => void = () => {}
  modules: readonly string[] = []
  #generation = 1

  async tell(...changes: readonly (readonly Part[])[]): Promise<void> {
    const config = { root, tasks: { modules: this.modules, handlers: [] } }
    const left = [...changes]
    await reloadOnChanges(
      {
        watch: {
          changes: async (): Promise<Changes | undefined> => {
            this.before(changes.length - left.length)
            const parts = left.shift()
            return parts && { files: ['/app.ts'], parts: new Set(parts) }
          },
          renewed: (parts, generation) => this.renewed.push(`${[...parts].join('+')} ${generation}`),
        },
        reloads: {
          launch: { config } as unknown as Launch,
          watched: (request, watched) => this.#reload(request, watched),
        },
        tell: (news) => this.news.push(news),
      },
      this.stop.signal,
    )
  }

  async #reload(request: ReloadRequest, watched: WatchedReload): Promise<ReloadReport> {
    this.orders.push({ ...request, ...watched })
    const outcome = this.outcomes.shift() ?? ['http 0']
    if (outcome instanceof Error) throw outcome
    return { generation: ++this.#generation, replaced: outcome, warnings: [] }
  }
}

const failure = new TsrvError('RELOAD_FAILED', { reason: 'it does not boot' })

describe('a reload because of changed files', () => {
  it('is one of the HTTP workers alone when nobody else has loaded them', async () => {
    const story = new Story()
    await story.tell(['http'])
    assert.deepEqual(story.orders, [{ only: 'http', config: 'same' }])
    assert.deepEqual(story.renewed, ['http 2'])
  })

  it('is one of the task workers alone when nobody else has loaded them', async () => {
    const story = new Story()
    await story.tell(['tasks'])
    assert.deepEqual(story.orders, [{ only: 'tasks', config: 'same' }])
    assert.deepEqual(story.renewed, ['tasks 2'])
  })

  it('is one of the whole server when several parts have, or a service', async () => {
    const story = new Story()
    await story.tell(['http', 'tasks'], ['services'])
    assert.deepEqual(story.orders, [{ config: 'same' }, { config: 'same' }])
    assert.deepEqual(story.renewed, ['http+tasks+services 2', 'http+tasks+services 3'])
  })

  it('loads the configuration again only when that has changed', async () => {
    const story = new Story()
    await story.tell(['config'], ['config', 'http'])
    assert.deepEqual(story.orders, [{ config: 'alone' }, { config: 'changed' }])
  })

  it('says what it does: the files, then how it went', async () => {
    const story = new Story()
    story.outcomes.push(['http 0', 'http 1'], failure, [])
    await story.tell(['http'], ['http'], ['config'])
    const reloading = { is: 'reloading', files: ['/app.ts'] }
    const [, done] = story.news
    assert.ok(done?.is === 'reloaded' && done.ms >= 0)
    assert.deepEqual(story.news, [
      reloading,
      { is: 'reloaded', generation: 2, replaced: ['http 0', 'http 1'], ms: done.ms },
      reloading,
      { is: 'failed', reason: 'it does not boot' },
      reloading,
      { is: 'unaffected' },
    ])
  })

  it('makes good what one before it has failed to do', async () => {
    const story = new Story()
    story.outcomes.push(failure, failure)
    await story.tell(['http', 'tasks', 'config'], ['http'], ['http'], ['http'])
    assert.deepEqual(story.orders, [
      { config: 'changed' },
      { config: 'changed' },
      { config: 'changed' },
      { only: 'http', config: 'same' },
    ])
  })

  it('after a failure does not take an unchanged configuration for reason enough to do nothing', async () => {
    const story = new Story()
    story.outcomes.push(failure)
    await story.tell(['config'], ['config'])
    assert.deepEqual(story.orders, [{ config: 'alone' }, { config: 'changed' }])
  })

  it('keeps files of a failed one from being forgotten', async () => {
    const story = new Story()
    story.outcomes.push(failure, [])
    await story.tell(['http'], ['config'])
    assert.deepEqual(story.renewed, [])
  })

  it('is one of all parts when a task module has come that nobody has loaded yet', async () => {
    const story = new Story()
    story.modules = ['*.task.ts']
    story.before = (index) => {
      if (index === 1) writeFileSync(path.join(root, 'new.task.ts'), '')
    }
    await story.tell(['http'], ['http'], ['http'])
    assert.deepEqual(story.orders, [
      { only: 'http', config: 'same' },
      { config: 'same' },
      { only: 'http', config: 'same' },
    ])
  })

  it('says nothing of a failure when the server is told to stop meanwhile', async () => {
    const story = new Story()
    story.outcomes.push(failure)
    story.before = () => story.stop.abort()
    await story.tell(['http'], ['http'])
    assert.deepEqual(story.news, [{ is: 'reloading', files: ['/app.ts'] }])
  })
})
