/** Prints what came of a run, as a table. */
import { FAULTS, type Verdict } from './history.ts'

export interface Row {
  readonly name: string
  readonly verdict: Verdict
  readonly kills?: string
}

export function show(rows: readonly Row[]): string {
  const head = [
    'run',
    'answered',
    'completed',
    'failed as crashed',
    'lost',
    'ran twice',
    'finish events twice',
    'kills',
  ]
  const lines = rows.map(({ name, verdict, kills = '' }) => [
    name,
    verdict.answered.length,
    verdict.completed.length,
    verdict.crashed.length,
    verdict.lost.length,
    verdict.duplicated.length,
    verdict.finishedAgain.length,
    kills,
  ])
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n')
}

/** All that is not as it should be, for the message of a failing test: the faults and their first ids. */
export function faultsOf(verdict: Verdict): string {
  return FAULTS.filter((fault) => verdict[fault].length > 0)
    .map((fault) => `${fault} ${verdict[fault].length}: ${verdict[fault].slice(0, 8).join(' ')}`)
    .join('\n')
}
