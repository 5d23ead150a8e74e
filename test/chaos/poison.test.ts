/** Tasks that ruin what they run in, among ordinary ones: they are given up, and nobody else pays for them. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ChaosServer } from './chaos-server.ts'
import { type HistoryEvent, judge } from './history.ts'
import { faultsOf, type Row, show } from './table.ts'

const ORDINARY = 500
const PATIENCE = 60_000
/** As `tasks.maxCrashes` by default. */
const MAX_CRASHES = 3

interface Poison {
  readonly ruin: 'kill' | 'abort' | 'exit' | 'loop' | 'exhaust'
  readonly name: string
  readonly settings: readonly string[]
  readonly error: string
  readonly runs: number
  /** A death of the whole process may overtake the note that the task had begun: it is no crash on its record then. */
  readonly mayRunOnceMore?: true
}

const POISONS: readonly Poison[] = [
  {
    ruin: 'kill',
    name: 'SIGABRT for its whole process',
    settings: [],
    error: 'TSRV_TASK_CRASHED',
    runs: MAX_CRASHES,
    mayRunOnceMore: true,
  },
  {
    // Node does not let a thread do that.
    ruin: 'abort',
    name: 'process.abort()',
    settings: [],
    error: 'ERR_WORKER_UNSUPPORTED_OPERATION',
    runs: 1,
  },
  {
    ruin: 'exit',
    name: 'process.exit()',
    settings: [],
    error: 'TSRV_TASK_CRASHED',
    runs: MAX_CRASHES,
  },
  {
    ruin: 'loop',
    name: 'a loop without end',
    settings: ['tasks.timeout=500ms'],
    error: 'TSRV_TASK_TIMED_OUT',
    runs: 1,
  },
  {
    ruin: 'exhaust',
    name: 'all memory',
    settings: ['tasks.memoryLimit=64MB'],
    error: 'TSRV_TASK_OUT_OF_MEMORY',
    runs: 1,
  },
]

const rows: Row[] = []
after(() => console.log(show(rows)))

describe(`${ORDINARY} ordinary tasks all complete beside one with`, () => {
  for (const { ruin, name, settings, error, runs, mayRunOnceMore } of POISONS) {
    it(name, async () => {
      await using server = await ChaosServer.open(['workers=1', ...settings])
      await server.start()
      const sent = [
        await server.send({ wait: 1 }, { count: ORDINARY / 2 }),
        await server.send({ ruin }),
        await server.send({ wait: 1 }, { count: ORDINARY / 2 }),
      ]
      const [poison] = sent[1]?.ids ?? []
      await server.quiet(PATIENCE)

      const answered = sent.flatMap(({ ids }) => ids).map((id): HistoryEvent => ({ kind: 'answered', id }))
      const history = server.history()
      const verdict = judge([...history, ...answered])
      rows.push({ name: `${name} in a task`, verdict })
      assert.equal(faultsOf(verdict), '')
      assert.equal(verdict.completed.length, ORDINARY, 'every ordinary task completes')
      assert.deepEqual([...verdict.crashed, ...verdict.failed], [poison], 'the poison alone fails')
      const end = history.find((event) => event.kind === 'finished' && event.id === poison)
      assert.equal(end?.kind === 'finished' ? end.error : undefined, error)
      const itsRuns = history.filter((event) => event.kind === 'ran' && event.id === poison).length
      const isGivenUp = itsRuns === runs || (mayRunOnceMore === true && itsRuns === runs + 1)
      assert.ok(isGivenUp, `it ran ${itsRuns} times`)
      assert.ok(server.isUp)
    })
  }
})
