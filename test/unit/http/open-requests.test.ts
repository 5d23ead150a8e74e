import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type OpenRequest, OpenRequests } from '../../../src/http/open-requests.ts'

/** Serves a request, and gives what ends it. */
function serve(open: OpenRequests, url: string, run: () => void = () => {}): () => void {
  const response = new EventEmitter() as unknown as ServerResponse
  open.serve({ method: 'GET', url } as IncomingMessage, response, run)
  return () => void response.emit('close')
}

const urls = (open: OpenRequests): string[] => [...open].map(({ url }) => url)

describe('the open requests', () => {
  it('are in the order in which they came, without those that have ended', () => {
    const open = new OpenRequests()
    const ends = ['/a', '/b', '/c', '/d'].map((url) => serve(open, url))
    assert.deepEqual(urls(open), ['/a', '/b', '/c', '/d'])
    ends[1]?.()
    assert.deepEqual(urls(open), ['/a', '/c', '/d'])
    ends[0]?.()
    ends[3]?.()
    ends[3]?.()
    assert.deepEqual([urls(open), open.size, open.served], [['/c'], 1, 4])
    ends[2]?.()
    assert.deepEqual([urls(open), open.size], [[], 0])
    serve(open, '/e')
    assert.deepEqual(urls(open), ['/e'])
  })

  it('wait least when they have been renewed, also in the middle of a look', () => {
    const open = new OpenRequests()
    const ends = ['/a', '/b', '/c'].map((url) => serve(open, url))
    const seen: string[] = []
    for (const request of open) {
      seen.push(request.url)
      if (seen.length < 3) open.renew(request)
    }
    assert.deepEqual(
      [seen, urls(open)],
      [
        ['/a', '/b', '/c', '/a', '/b'],
        ['/c', '/a', '/b'],
      ],
    )
    const [, , last] = [...open] as [OpenRequest, OpenRequest, OpenRequest]
    ends[1]?.()
    open.renew(last)
    assert.deepEqual([urls(open), open.size], [['/c', '/a'], 2], 'one that has ended does not come back')
  })

  it('are what a list of them would be, whatever happens', () => {
    const step = fc.record({ what: fc.constantFrom('come', 'end', 'renew'), which: fc.nat(10) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const open = new OpenRequests()
        const ends = new Map<string, () => void>()
        let model: string[] = []
        for (const [index, { what, which }] of steps.entries()) {
          const chosen = model[which % Math.max(1, model.length)] ?? ''
          if (what === 'come') {
            ends.set(`/${index}`, serve(open, `/${index}`))
            model.push(`/${index}`)
          } else {
            model = model.filter((url) => url !== chosen)
            if (what === 'end') ends.get(chosen)?.()
            else for (const request of Array.from(open)) if (request.url === chosen) open.renew(request)
            if (what === 'renew' && chosen !== '') model.push(chosen)
          }
          assert.deepEqual([urls(open), open.size], [model, model.length])
        }
      }),
    )
  })

  it('are known to the code that runs for them, however late', async () => {
    const open = new OpenRequests()
    const seen: (string | undefined)[] = []
    const note = (): void => void seen.push(open.current?.url)
    serve(open, '/a', () => {
      note()
      setTimeout(note, 1)
      void Promise.resolve().then(note)
    })()
    serve(open, '/b', note)
    note()
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual(seen, ['/a', '/b', undefined, '/a', '/a'])
  })
})
