/** A reload every second while clients send tasks: no request fails, no task is lost, none runs twice. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ChaosServer } from './chaos-server.ts'
import { Clients } from './clients.ts'
import { judge } from './history.ts'
import { randomFrom } from './random.ts'
import { SECONDS, SEED } from './settings.ts'
import { faultsOf, show } from './table.ts'

const CONNECTIONS = 8
const PATIENCE = 60_000
const RUN = Math.min(SECONDS, 20) * 1000

it(`loses nothing in ${RUN / 1000} s of a reload every second`, async () => {
  await using server = await ChaosServer.open()
  await server.start()
  await using clients = new Clients(server, { count: CONNECTIONS, random: randomFrom(SEED) })
  const endsAt = performance.now() + RUN
  let reloads = 0
  while (performance.now() < endsAt) {
    const nextAt = performance.now() + 1000
    await server.reload()
    reloads++
    await pause(Math.max(0, nextAt - performance.now()))
  }
  await clients.end()
  await server.quiet(PATIENCE)

  const verdict = judge([...server.history(), ...clients.answered])
  console.log(show([{ name: `${reloads} reloads in ${RUN / 1000} s`, verdict }]))
  assert.equal(faultsOf(verdict), '')
  assert.deepEqual([...clients.unanswered], [], 'every request is answered')
  assert.equal(verdict.completed.length, verdict.answered.length)
  assert.deepEqual(verdict.duplicated, [])
  assert.deepEqual(verdict.finishedAgain, [], 'no worker leaves before it has said what it handled')
  assert.equal((await server.status())?.generation, reloads + 1)
})
