/**
 * A thousand waiting tasks and one thing that happens to the server: all of them are done afterwards, each with one
 * end. The same figures were taken of Swoole 6.2 (1,000 tasks of 2 ms, 2 task workers): it loses one task with a
 * task worker, and everything that waits with a stop.
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { until } from '../until.ts'
import { ChaosServer, type Role } from './chaos-server.ts'
import { type HistoryEvent, judge } from './history.ts'
import { faultsOf, type Row, show } from './table.ts'

const COUNT = 1000
const LANES = 2
const PATIENCE = 60_000

interface Happening {
  readonly name: string
  readonly happen: (server: ChaosServer) => Promise<unknown>
  /** How many tasks may run twice at most. */
  readonly again: number
  /** Nothing gave back what ran, so that each run has a number of its own. */
  readonly counted: boolean
}

const HAPPENINGS: readonly Happening[] = [
  { name: 'SIGKILL of everything', happen: (server) => server.killAll(), again: LANES, counted: true },
  {
    name: 'SIGKILL of the supervisor',
    happen: (server) => killOne(server, 'supervisor'),
    again: LANES,
    counted: false,
  },
  {
    name: 'SIGKILL of the task server',
    happen: (server) => killOne(server, 'tasks'),
    again: LANES,
    counted: true,
  },
  {
    name: 'SIGKILL of the HTTP worker',
    happen: (server) => killOne(server, 'http'),
    again: 0,
    counted: true,
  },
  { name: 'tsrv stop', happen: stopped, again: 0, counted: true },
]

const rows: Row[] = []
after(() => console.log(show(rows)))

describe(`of ${COUNT} waiting tasks all are done and reported once after`, () => {
  for (const { name, happen, again, counted } of HAPPENINGS) {
    it(name, async () => {
      await using server = await ChaosServer.open(['workers=1', 'processes.maxWaitTime=300ms'])
      await server.start()
      const { ids } = await server.send({ wait: 2 }, { count: COUNT })
      await until(() => ended(server) > COUNT / 10, 'a tenth of the tasks to end')
      await happen(server)
      const inTime = ended(server)
      assert.ok(inTime < COUNT, 'it happened while tasks waited')
      await server.start()
      await server.quiet(PATIENCE)
      await server.stop()

      const answered = ids.map((id): HistoryEvent => ({ kind: 'answered', id }))
      const verdict = judge([...server.history(), ...(await server.records()), ...answered])
      rows.push({ name: `${name} after ${inTime} ends`, verdict })
      assert.equal(faultsOf(verdict), '')
      assert.equal(verdict.completed.length, COUNT)
      if (counted) assert.deepEqual(verdict.repeatedAttempt, [], 'each run was counted first')
      assert.ok(verdict.duplicated.length <= again, `${verdict.duplicated.length} ran twice`)
    })
  }
})

function ended(server: ChaosServer): number {
  return server.history().filter(({ kind }) => kind === 'finished').length
}

async function killOne(server: ChaosServer, role: Role): Promise<void> {
  const victim = server.victims().find((one) => one.role === role)
  assert.ok(victim !== undefined && server.kill(victim))
  if (role === 'supervisor') await until(() => !server.isAlive, 'the supervisor to end')
}

async function stopped(server: ChaosServer): Promise<void> {
  assert.equal(await server.stop(), 0)
}
