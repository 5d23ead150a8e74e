/**
 * Forty reloads under load: ten for each way that clients connect. Beside 50 busy clients there are some that pause
 * between requests, as browsers and pools do, some whose answer takes 3 s, and some that send tasks.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Load } from '../system/load.ts'
import { tsrv } from '../system/project.ts'
import { ServerUnderTest } from '../system/server-under-test.ts'
import { type HistoryEvent, judge } from './history.ts'
import { randomFrom } from './random.ts'
import { SEED } from './settings.ts'
import { faultsOf, show } from './table.ts'

const RELOADS = 10
const JOURNAL = 'history.jsonl'
/** Milliseconds that the 3 s requests and the kept connections of a generation may need beyond its reload. */
const PATIENCE = 60_000

const BUSY = {
  'keep-alive': { kept: 50, fresh: 0, rest: 0 },
  close: { kept: 0, fresh: 50, rest: 0 },
} as const
const PLACES = { tcp: [], 'unix socket': ['-o', 'socket=./app.sock'] } as const

describe(`${RELOADS} reloads under load fail no request and lose no task`, () => {
  for (const [way, busy] of Object.entries(BUSY)) {
    for (const [place, args] of Object.entries(PLACES)) {
      it(`(${way}, ${place})`, async () => {
        await using server = await ServerUnderTest.start('chaos-app', {
          args: [...args],
          env: { CHAOS_JOURNAL: JOURNAL },
        })
        const random = randomFrom(SEED)
        const sent: HistoryEvent[] = []
        const loads = {
          [way]: new Load(server, busy),
          'keep-alive with pauses': new Load(server, { kept: 20, fresh: 0, rest: () => random.below(1500) }),
          '3 s requests': new Load(server, { kept: 4, fresh: 4, path: '/?after=3000' }),
          tasks: new Load(server, {
            kept: 4,
            fresh: 4,
            rest: 20,
            body: '{}',
            isRight: (text) => {
              const { ids } = JSON.parse(text) as { ids: number[] }
              sent.push(...ids.map((id) => ({ kind: 'answered' as const, id })))
              return ids.length === 1
            },
          }),
        }
        try {
          for (let reload = 0; reload < RELOADS; reload++) {
            const { code, stderr } = await tsrv(server.dir, ['reload'])
            assert.deepEqual([code, stderr], [0, ''])
          }
        } finally {
          await Promise.all(Object.values(loads).map((load) => load.end()))
        }
        const answers = Object.entries(loads).map(([name, load]) => `${name} ${load.answers}`)
        console.log(`answers: ${answers.join(', ')}`)
        for (const [name, load] of Object.entries(loads)) assert.deepEqual(load.failures, [], name)

        const history = (): HistoryEvent[] => historyIn(path.join(server.dir, JOURNAL))
        const verdict = (): ReturnType<typeof judge> => judge([...history(), ...sent])
        await until(
          () => verdict().completed.length === sent.length,
          'the end of all tasks',
          () => faultsOf(verdict()),
          PATIENCE,
        )
        assert.equal((await server.stop()).code, 0)
        console.log(show([{ name: `${way}, ${place}`, verdict: verdict() }]))
        assert.equal(faultsOf(verdict()), '')
        assert.deepEqual([verdict().duplicated, verdict().finishedAgain], [[], []], 'each ran and ended once')
      })
    }
  }
})

function historyIn(file: string): HistoryEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as HistoryEvent)
}
