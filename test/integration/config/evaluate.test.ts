/** The child that evaluates a config ends, whatever its file does. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { evaluateConfig } from '../../../src/config/evaluate.ts'

const hangs = fileURLToPath(new URL('../../fixtures/config/hangs.config.mjs', import.meta.url))

describe('evaluateConfig', () => {
  it('kills a config that does not finish and says how long it had', async () => {
    const reply = await evaluateConfig({ file: hangs, command: 'start', env: {}, deadline: 300 })
    assert.equal(reply.kind, 'thrown')
    assert.match(reply.kind === 'thrown' ? reply.thrown.message : '', /did not finish within 0\.3 s/)
  })
})
