import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callerOfExit } from '../../../src/entry/named-exit.ts'

const frame = (functionName: string, scriptName: string) => ({
  functionName,
  scriptName,
  lineNumber: 3,
  columnNumber: 9,
})
const EXIT = frame('exit', 'node:internal/process/per_thread')
const ABOVE = [frame('', 'file:///srv/listener.js'), frame('emit', 'node:events'), EXIT]

describe('the caller of process.exit', () => {
  it('is the frame below it', () => {
    const app = frame('leave', 'file:///srv/app.ts')
    assert.equal(callerOfExit([...ABOVE, app, frame('x', 'file:///srv/other.ts')]), app)
  })

  it('is not told when that was our own code', () => {
    const own = new URL('../../../src/entry/http-worker-life.ts', import.meta.url).href
    assert.equal(callerOfExit([...ABOVE, frame('#leave', own)]), undefined)
  })

  it('is nobody when a process ends because nothing is left to do', () => {
    assert.equal(
      callerOfExit([frame('', 'file:///srv/listener.js'), frame('emit', 'node:events')]),
      undefined,
    )
    assert.equal(callerOfExit(ABOVE), undefined)
  })
})
