/** The processes of a server, one on a line. */
import type { WorkerStatus } from '../../control/protocol.ts'
import { outputWidth } from './screen.ts'
import { type Cell, type Column, tableLines } from './table.ts'
import { printable, styled } from './terminal.ts'
import { age } from './time.ts'

const COLUMNS: readonly Column[] = [
  { title: 'PROCESS' },
  { title: 'PID' },
  { title: 'STATE' },
  { title: 'UP' },
  { title: 'DELAY' },
  { title: 'MEMORY' },
  { title: 'RESTARTS' },
]

/** Head first. DELAY is how late the event loop was at worst in the last seconds. */
export function workerLines(workers: readonly WorkerStatus[]): readonly string[] {
  return tableLines(COLUMNS, workers.map(cellsOf), outputWidth())
}

function cellsOf(worker: WorkerStatus): readonly Cell[] {
  const { role, slot, name, pid, uptimeMs, delayMs, memory, restarts, recycles } = worker
  const process = { http: `http ${slot}`, tasks: 'tasks', service: `service ${name}` }[role]
  const texts = [
    printable(process),
    pid,
    stateOf(worker),
    uptimeMs === undefined ? undefined : age(uptimeMs),
    delayMs === undefined ? undefined : `${delayMs} ms`,
    memory === undefined ? undefined : `${Math.round(memory / 1024 ** 2)} MB`,
    recycles === 0 ? restarts : `${restarts} (${recycles} recycled)`,
  ]
  const cells = texts.map((text) => ({ text: String(text ?? '-') }))
  return worker.blocked === undefined ? cells : cells.map((cell) => ({ ...cell, style: warned }))
}

function stateOf({ state, leader, blocked }: WorkerStatus): string {
  const parts = [
    state,
    ...(leader === true ? ['leader'] : []),
    ...(blocked === undefined ? [] : [`blocked ${age(blocked.forMs)}`]),
  ]
  return parts.join(', ')
}

function warned(text: string): string {
  return styled('yellow', text)
}
