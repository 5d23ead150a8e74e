import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { RequestNotes } from '../../../src/entry/request-notes.ts'
import { OpenRequests } from '../../../src/http/open-requests.ts'
import { readNote, type RequestNote } from '../../../src/wire/heartbeat.ts'

interface Noting {
  readonly open: OpenRequests
  readonly notes: RequestNotes
  /** Serves a request; call what it returns to end it. */
  readonly ask: (url: string) => () => void
  readonly note: () => RequestNote
}

function noting(t: TestContext): Noting {
  const file = path.join(tmpdir(), `tsrv-notes-${process.pid}-${Math.random()}`)
  const fd = openSync(file, 'w+')
  t.after(() => {
    closeSync(fd)
    rmSync(file)
  })
  const open = new OpenRequests()
  const notes = new RequestNotes(fd, open)
  open.onCame((request) => notes.came(request))
  return {
    open,
    notes,
    ask: (url) => {
      const response = new EventEmitter() as unknown as ServerResponse
      open.serve({ method: 'GET', url } as IncomingMessage, response, () => {})
      return () => void response.emit('close')
    },
    note: () => readNote(readFileSync(file)),
  }
}

const urls = ({ requests }: RequestNote): string[] => requests.map(({ url }) => url)

describe('the note of requests under way', () => {
  it('has each request before its handler runs, with the time it came', (t) => {
    const { open, note } = noting(t)
    const before = Date.now()
    const seen: RequestNote[] = []
    const request = { method: 'POST', url: '/x' } as IncomingMessage
    open.serve(request, new EventEmitter() as unknown as ServerResponse, () => seen.push(note()))
    const [found] = seen
    assert.deepEqual([found?.requests[0]?.method, found?.open, found?.isStale], ['POST', 1, false])
    const since = found?.requests[0]?.since ?? 0
    assert.ok(since >= before - 2 && since <= Date.now() + 2)
  })

  it('has those that have been open longest, and the one that came last', (t) => {
    const { ask, note } = noting(t)
    for (let number = 0; number < 20; number++) ask(`/${number}`)
    assert.deepEqual(urls(note()), ['/0', '/1', '/2', '/3', '/19'])
    assert.equal(note().open, 20)
  })

  it('loses with the next beat what has ended', (t) => {
    const { ask, note, notes } = noting(t)
    const end = ask('/a')
    ask('/b')
    end()
    assert.deepEqual(urls(note()), ['/a', '/b'])
    notes.refresh()
    assert.deepEqual(urls(note()), ['/b'])
  })

  it('is taken a thousand times a beat, and says when that was not enough', (t) => {
    const { ask, note, notes } = noting(t)
    for (let number = 0; number < 1200; number++) ask(`/${number}`)()
    assert.deepEqual([urls(note()), note().isStale], [['/999'], true])
    notes.refresh()
    assert.deepEqual([urls(note()), note().isStale], [[], false])
    ask('/next')
    assert.deepEqual([urls(note()), note().isStale], [['/next'], false])
  })

  it('that cannot be written hinders no request', () => {
    const open = new OpenRequests()
    const notes = new RequestNotes(2 ** 30, open)
    open.onCame((request) => notes.came(request))
    let served = 0
    for (let round = 0; round < 3; round++)
      open.serve({} as IncomingMessage, new EventEmitter() as unknown as ServerResponse, () => served++)
    notes.refresh()
    assert.equal(served, 3)
  })
})
