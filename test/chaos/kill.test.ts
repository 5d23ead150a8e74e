/**
 * Every 200 ms a SIGKILL for one of the server's processes while clients send tasks. What was answered must end,
 * whatever dies in between.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ChaosServer, type Role, type Victim } from './chaos-server.ts'
import { Clients } from './clients.ts'
import { judge } from './history.ts'
import { type Random, randomFrom } from './random.ts'
import { SECONDS, SEED } from './settings.ts'
import { faultsOf, show } from './table.ts'

const EVERY = 200
const CONNECTIONS = 4
const PATIENCE = 120_000
/** Longer than a successor of a sender is waited for before the leader hears of its tasks. */
const CALM = 7000

/** Chances of each role: the death of the supervisor is that of all. */
const TARGETS: readonly Role[] = ['http', 'http', 'tasks', 'tasks', 'supervisor']
/** Starts that are left alone until they answer, because a start ends with the first death; the others are not. */
const SPARED_STARTS = 3 / 4

interface Kill extends Victim {
  /** Milliseconds since 1970, as in the journal. */
  readonly at: number
}

it(`loses no task in ${SECONDS} s of a SIGKILL every ${EVERY} ms (seed ${SEED})`, async () => {
  await using server = await ChaosServer.open()
  await server.start()
  await using hasty = new Clients(server, { count: CONNECTIONS, random: randomFrom(SEED + 1) })
  await using patient = new Clients(server, { count: CONNECTIONS, random: randomFrom(SEED + 2), kept: true })
  const kills = await killFor(SECONDS * 1000, server, randomFrom(SEED))
  await Promise.all([hasty.end(), patient.end()])

  await server.start()
  await server.quiet(PATIENCE, CALM)
  assert.equal(await server.stop(), 0, 'a stop after all of it is a clean one')
  const before = server.history()
  await server.start()
  await server.quiet(PATIENCE)
  const later = server.history().slice(before.length)
  assert.deepEqual(later, [], 'nothing runs or ends again after another start')
  await server.stop()

  const evidence = [...before, ...(await server.records())]
  const all = judge([...evidence, ...hasty.answered, ...patient.answered])
  const kept = judge([...evidence, ...patient.answered])
  const perRole = Map.groupBy(kills, ({ role }) => role)
  const told = [...perRole].map(([role, some]) => `${some.length} ${role}`).join(', ')
  console.log(`seed ${SEED}, ${server.starts} starts`, hasty.unanswered, patient.unanswered)
  console.log(
    show([
      { name: 'all', verdict: all, kills: told },
      { name: 'answered when stored', verdict: kept, kills: told },
    ]),
  )

  assert.deepEqual(kept.lost, [], 'what is stored is never lost')
  assert.equal(faultsOf(all), '', explain(all.lost, before, kills))
  assert.ok(all.answered.length > SECONDS, 'the clients got something done')
  assert.deepEqual(server.failedStarts, [], 'every start succeeds unless it is killed')
  assert.deepEqual(all.failed, [], 'nothing fails but by crashes')
  assert.ok(all.duplicated.length <= kills.length, `${all.duplicated.length} ran twice`)
})

async function killFor(milliseconds: number, server: ChaosServer, random: Random): Promise<Kill[]> {
  const kills: Kill[] = []
  let isSpared = true
  const endsAt = performance.now() + milliseconds
  while (performance.now() < endsAt) {
    await pause(EVERY)
    if (!server.isAlive) {
      server.launch()
      isSpared = random.next() < SPARED_STARTS
    }
    if (!server.isUp && isSpared) continue
    const role = TARGETS[random.below(TARGETS.length)]
    const victims = server.victims().filter((one) => one.role === role)
    const victim = victims[random.below(victims.length)]
    if (victim !== undefined && server.kill(victim)) kills.push({ ...victim, at: Date.now() })
  }
  return kills
}

/** What died around the lost tasks. */
function explain(lost: readonly number[], history: readonly object[], kills: readonly Kill[]): string {
  const notes = history as readonly { kind: string; id: number; pid: number; at: number }[]
  return lost
    .slice(0, 8)
    .map((id) => {
      const life = notes.filter((note) => note.id === id)
      const from = (life[0]?.at ?? 0) - 1000
      const near = kills
        .filter(({ at }) => at > from && at < from + 3000)
        .map(({ role, pid, at }) => `${at - from - 1000} ms ${role} ${pid}`)
      return `${id}: ${life.map(({ kind, pid }) => `${kind} by ${pid}`).join(', ')}; killed: ${near.join(', ')}`
    })
    .join('\n')
}
