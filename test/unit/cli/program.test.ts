import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { main } from '../../../src/cli/main.ts'
import { createProgram } from '../../../src/cli/program.ts'
import { printed } from './printed.ts'

describe('the program', () => {
  it('shows its help when it is asked for nothing, which is no failure', async (t) => {
    let ended: Promise<number> | undefined
    const text = printed(t, () => {
      ended = main([])
    })
    assert.match(text, /^Usage: tsrv/)
    assert.equal(await ended, 0)
  })

  it('speaks in sentences: every command and option begins with a capital and ends with a full stop', () => {
    const program = createProgram({ exitCode: 0 })
    for (const command of [program, ...program.commands]) {
      const described = [command.description(), ...command.options.map((option) => option.description)]
      for (const text of described) assert.match(text, /^[A-Z].*\.$/s, `${command.name()}: ${text}`)
    }
  })

  for (const value of ['', 'soon', '-1', 'NaN']) {
    it(`does not take "${value}" for a number of seconds`, async (t) => {
      let ended: Promise<number> | undefined
      const text = printed(
        t,
        () => {
          ended = main(['stop', `--timeout=${value}`])
        },
        'stderr',
      )
      assert.match(text, /number of seconds/)
      assert.equal(await ended, 1)
    })
  }
})
