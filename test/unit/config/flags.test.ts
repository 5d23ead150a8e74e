/** Settings from the command line. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configFlags, givenByFlags, givenByOverrides } from '../../../src/config/flags.ts'

describe('flags', () => {
  it('are listed with key and doc for the command line program', () => {
    const flags = configFlags()
    assert.deepEqual(
      flags.map(({ key, flags }) => [key, flags]),
      [
        ['host', '--host <address>'],
        ['port', '--port <number>'],
        ['workers', '-w, --workers <n|auto>'],
        ['taskWorkers', '-t, --task-workers <n|auto>'],
      ],
    )
    assert.ok(flags.every(({ doc }) => doc.length > 0))
  })

  it('give values by key, undefined being not given', () => {
    const { given } = givenByFlags({ port: '1', taskWorkers: 'auto', host: undefined })
    assert.deepEqual(
      given.map(({ key, value, origin }) => [key, value, origin.name]),
      [
        ['port', '1', '--port'],
        ['taskWorkers', 'auto', '--task-workers'],
      ],
    )
  })
})

describe('-o', () => {
  it('gives any setting by its key path, and the later of two counts', () => {
    const { given, problems } = givenByOverrides(['log.level=warn', 'name=a=b', 'log.level=debug'])
    assert.deepEqual(problems, [])
    assert.deepEqual(
      given.map(({ key, value, origin }) => [key, value, origin.name]),
      [
        ['log.level', 'debug', '-o log.level'],
        ['name', 'a=b', '-o name'],
        ['log.level', 'warn', '-o log.level'],
      ],
    )
  })

  it('gives the listeners of one event', () => {
    const { given } = givenByOverrides(['listeners.TaskEvent=./a.ts, ./b.ts'])
    assert.deepEqual(given[0]?.value, { TaskEvent: ['./a.ts', './b.ts'] })
  })

  it('refuses what has no equals sign and keys that do not exist', () => {
    const { problems } = givenByOverrides(['port', '=1', 'tasks.brokr=memory', '__proto__.x=1'])
    assert.equal(problems.length, 4)
    assert.match(problems[1]?.message ?? '', /did you mean "tasks.broker"/)
  })
})
