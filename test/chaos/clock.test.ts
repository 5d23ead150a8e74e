/**
 * The clock of the machine jumps an hour ahead and two hours back under load (R33): nobody's time is up because of it,
 * and no task is lost or runs twice. Needs the program "faketime".
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../until.ts'
import { ChaosServer } from './chaos-server.ts'
import { Clients } from './clients.ts'
import { type HistoryEvent, judge } from './history.ts'
import { randomFrom } from './random.ts'
import { SEED } from './settings.ts'
import { faultsOf, show } from './table.ts'

const DELAYED = 20
const BETWEEN_JUMPS = 4000
const PATIENCE = 60_000

/** The library that the program has other programs load. */
const { status, stdout } = spawnSync('faketime', ['now', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' })
const library = status === 0 ? stdout.trim() : undefined
const skip = library === undefined && 'skipped: there is no "faketime" here'

it('the clock may jump forth and back', { skip }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-clock-'))
  const clock = path.join(folder, 'offset')
  const jump = (offset: string): void => writeFileSync(clock, offset)
  jump('+0')
  // A timeout of all tasks, which none of them needs.
  await using server = await ChaosServer.open(['tasks.timeout=10s'], {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  })
  await server.start()
  const answered: HistoryEvent[] = []
  const sendDelayed = async (): Promise<readonly number[]> => {
    const { ids } = await server.send({}, { count: DELAYED, delay: 1000, kept: true })
    answered.push(...ids.map((id): HistoryEvent => ({ kind: 'answered', id })))
    return ids
  }
  const ended = (ids: readonly number[]): boolean => {
    const finished = new Set(server.history().flatMap((one) => (one.kind === 'finished' ? [one.id] : [])))
    return ids.every((id) => finished.has(id))
  }
  {
    await using clients = new Clients(server, { count: 4, random: randomFrom(SEED) })
    const early = await sendDelayed()
    jump('+3600')
    await until(() => ended(early), 'the tasks that are due by the clock')
    await pause(BETWEEN_JUMPS)
    jump('-3600')
    await pause(BETWEEN_JUMPS)
    const late = await sendDelayed()
    jump('+0')
    await until(
      () => ended(late),
      'the tasks that are due by the clock',
      () => '',
      PATIENCE + 60_000,
    )
    await clients.end()
    answered.push(...clients.answered)
    assert.deepEqual([...clients.unanswered], [], 'every request is answered')
  }
  await server.quiet(PATIENCE)
  const { state, generation, workers } = (await server.status()) ?? {}
  assert.deepEqual([state, generation], ['ready', 1])
  assert.deepEqual(new Set(workers?.map(({ restarts }) => restarts)), new Set([0]), 'no process has ended')

  const verdict = judge([...server.history(), ...answered])
  console.log(show([{ name: 'the clock +1 h, -2 h, +1 h', verdict }]))
  assert.equal(faultsOf(verdict), '')
  assert.equal(verdict.completed.length, verdict.answered.length)
  assert.deepEqual(verdict.duplicated, [])
  rmSync(folder, { recursive: true })
})
