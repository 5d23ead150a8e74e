import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NO_NOTE, NOTE_SIZE, packNote, readNote } from '../../../src/wire/heartbeat.ts'

const request = (url: string) => ({ method: 'GET', url, since: 5 })
const note = (...urls: string[]) => ({ requests: urls.map(request), open: urls.length, isStale: false })

describe('a note of requests', () => {
  it('is read as it was written, also over a longer one', () => {
    const bytes = Buffer.alloc(NOTE_SIZE)
    packNote(note('/a', '/b', '/c?x=ü'), bytes)
    assert.deepEqual(readNote(bytes), note('/a', '/b', '/c?x=ü'))
    packNote(note('/d'), bytes)
    assert.deepEqual(readNote(bytes), note('/d'))
  })

  it('fits, however long and strange the URLs are', () => {
    const bytes = Buffer.alloc(NOTE_SIZE)
    for (const text of ['x', '\u20ac', '\ud83d\ude00', '"', '\\', '\u0001']) {
      const urls = Array.from({ length: 5 }, (_, index) => `/${index}${text.repeat(20_000)}`)
      assert.ok(packNote(note(...urls), bytes) < NOTE_SIZE)
      const { requests, open } = readNote(bytes)
      assert.deepEqual([requests.length, open], [5, 5])
    }
  })

  it('that was never written, or is none, is no note', () => {
    assert.deepEqual(readNote(Buffer.alloc(NOTE_SIZE)), NO_NOTE)
    assert.deepEqual(readNote(Buffer.alloc(0)), NO_NOTE)
    assert.deepEqual(readNote(Buffer.from('{"requests":1}\0')), NO_NOTE)
    assert.deepEqual(readNote(Buffer.from('{"requests":[]')), NO_NOTE)
  })
})
