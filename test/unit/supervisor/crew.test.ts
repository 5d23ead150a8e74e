import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Crew } from '../../../src/supervisor/crew.ts'
import type { WorkerExit } from '../../../src/supervisor/worker-handle.ts'
import type { Logger } from '../../../src/server.ts'
import { NO_NOTE } from '../../../src/wire/heartbeat.ts'
import { FakeChild } from './fake-child.ts'

const place = { role: 'http-worker', slot: 0, generation: 1 } as const

function crewOf(t: TestContext): { crew: Crew; children: FakeChild[]; exits: WorkerExit[] } {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const children: FakeChild[] = []
  const exits: WorkerExit[] = []
  const crew = new Crew({
    start: () => {
      const child = new FakeChild()
      children.push(child)
      return child.process
    },
    bootTimeout: () => 1500,
    now: () => 0,
    heartbeats: {
      workerTimeout: () => 0,
      requestsOf: () => NO_NOTE,
      onChange: () => {},
      log: {} as Logger,
      now: () => 0,
    },
    events: { onReady: () => {}, onMessage: () => {}, onExit: (_, exit) => exits.push(exit) },
  })
  return { crew, children, exits }
}

describe('the crew', () => {
  it('kills who is not ready within the boot timeout, and says so', async (t) => {
    const { crew, children, exits } = crewOf(t)
    crew.spawn(place)
    t.mock.timers.tick(1500)
    await Promise.resolve()
    assert.deepEqual(children[0]?.killed, ['SIGKILL'])
    assert.match(exits[0]?.bootError?.message ?? '', /^http 0 was not ready within 1\.5 s/)
    assert.deepEqual(crew.members, [])
  })

  it('leaves alone who is ready in time, or gone', (t) => {
    const { crew, children } = crewOf(t)
    crew.spawn(place)
    crew.spawn(place)
    children[0]?.ready()
    children[1]?.exit(1)
    t.mock.timers.tick(10_000)
    assert.deepEqual(
      children.map(({ killed }) => killed),
      [[], []],
    )
  })

  it('tells its members by role', (t) => {
    const { crew } = crewOf(t)
    const http = crew.spawn(place)
    const tasks = crew.spawn({ ...place, role: 'task-server' })
    assert.deepEqual([crew.httpWorkers(), crew.taskServers()], [[http], [tasks]])
  })

  it('resolves gone() with the last of those that leave, at once when none lives', async (t) => {
    const { crew, children } = crewOf(t)
    const [one, two] = [crew.spawn(place), crew.spawn({ ...place, slot: 1 })]
    crew.spawn({ ...place, slot: 2 })
    let isGone = false
    const gone = crew.gone([one, two]).then(() => (isGone = true))
    children[1]?.exit(0)
    await Promise.resolve()
    assert.equal(isGone, false)
    children[0]?.exit(0)
    await gone
    await crew.gone([one])
    await crew.gone([])
  })
})
