import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Command } from 'commander'
import { main } from '../../../src/cli/main.ts'
import { createProgram, VERB_GROUPS } from '../../../src/cli/program.ts'
import { printed } from './printed.ts'

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}

/** What the parser says against a call; the command itself is not run. */
function problemWith(words: string): string | undefined {
  const program = createProgram({ exitCode: 0 })
  for (const command of allOf(program)) command.action(() => {}).configureOutput({ writeErr: () => {} })
  try {
    program.parse(words.trim().split(/\s+/), { from: 'user' })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

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
    for (const command of allOf(createProgram({ exitCode: 0 }))) {
      const described = [command.description(), ...command.options.map((option) => option.description)]
      for (const text of described) assert.match(text, /^[A-Z].*\.$/s, `${command.name()}: ${text}`)
    }
  })

  it('has examples that its own parser takes', async () => {
    for (const verb of VERB_GROUPS.flatMap(({ verbs }) => verbs)) {
      assert.ok(verb.examples.length > 0, verb.name)
      for (const [call] of verb.examples) {
        for (const [, words = ''] of call.matchAll(/\btsrv ([^|>)]*)/g))
          assert.equal(problemWith(words), undefined, call)
      }
    }
    assert.match(problemWith('stop --now') ?? '', /unknown option/)
  })

  it('says of each command when it ends with which status, in rising order', () => {
    for (const { name, exits } of VERB_GROUPS.flatMap(({ verbs }) => verbs)) {
      const statuses = exits.map(([status]) => status)
      assert.equal(statuses[0], 0, name)
      assert.deepEqual(
        statuses,
        statuses.toSorted((one, other) => one - other),
        name,
      )
    }
  })

  it('answers the help of what there is not with what was meant', async (t) => {
    let ended: Promise<number> | undefined
    const text = printed(
      t,
      () => {
        ended = main(['help', 'strat'])
      },
      'stderr',
    )
    assert.match(text, /^✖ Unknown command 'strat'\n\(Did you mean start\?\)/)
    assert.equal(await ended, 1)
  })

  for (const value of ['', 'soon', '-1', 'NaN']) {
    it(`does not take "${value}" for a number of seconds, and says for which option`, () => {
      assert.equal(
        problemWith(`stop --timeout=${value}`),
        `Cannot take "${value}" for --timeout <seconds>. Expected a number of seconds, such as 30. \`tsrv stop --help\` shows what it takes.`,
      )
    })
  }
})
