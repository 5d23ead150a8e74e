/**
 * Tasks through the whole server, with each way of keeping them, in turns: how many per second when an HTTP worker
 * sends them in one burst (from the first `server.task()` to the last TaskFinishEvent), what each costs, and what
 * requests beside a steady stream of tasks notice of it.
 *
 *   node bench/tasks.ts [stores, default memory,sqlite,power] [task workers, default 2] [burst or latency, default both]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Running, startServer } from './running-server.ts'
import { show, type Spread, spreadOf } from './statistics.ts'

const ROUNDS = 5
const COUNT = 10_000
const SIZES = [16, 1024]

/** What the stores are compared with. */
const BASE = 'memory'
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  memory: ['tasks.broker=memory'],
  sqlite: ['tasks.broker=sqlite'],
  power: ['tasks.broker=sqlite', 'tasks.durability=power'],
}

/** Milliseconds of each turn, and what happens in each second of it. */
const TURN = 4000
const REQUESTS = 200
const TASKS = 1000

const [wanted = Object.keys(SETTINGS).join(), lanes = '2', table] = process.argv.slice(2)
const stores = wanted.split(',')

if (table !== 'latency') await burstTable()
if (table !== 'burst') await latencyTable()

interface Turn {
  readonly perSecond: number
  /** µs */
  readonly cpu: number
}

async function burstTable(): Promise<void> {
  console.log(
    `| payload | task workers | store | tasks/s, median (min–max) of ${ROUNDS} | CPU µs per task | of ${BASE} |`,
  )
  console.log('|---|---|---|---|---|---|')
  for (const taskWorkers of lanes.split(',')) {
    for (const size of SIZES) {
      const turns = await inTurns(ROUNDS, taskWorkers, (server) => burst(server, size))
      const base = turns.get(BASE)?.map(({ perSecond }) => perSecond)
      for (const [store, done] of turns) {
        const rates = done.map(({ perSecond }) => perSecond)
        const ratio = base === undefined ? '' : show(ratioOf(rates, base), 2)
        const cpu = show(spreadOf(done.map((turn) => turn.cpu)))
        console.log(
          `| ${size} B | ${taskWorkers} | ${store} | ${show(spreadOf(rates))} | ${cpu} | ${ratio} |`,
        )
      }
    }
  }
}

/** Of the turns that followed each other: what disturbs one mostly disturbs its neighbour as well. */
function ratioOf(values: readonly number[], base: readonly number[]): Spread {
  return spreadOf(values.map((value, round) => value / (base[round] ?? Number.NaN)))
}

async function burst(server: Running, size: number): Promise<Turn> {
  const before = server.cpuSeconds()
  const response = await fetch(`${server.url}/?count=${COUNT}&size=${size}`)
  const { total } = (await response.json()) as { total: number }
  return {
    perSecond: COUNT / (total / 1000),
    cpu: ((server.cpuSeconds() - before) * 1e6) / COUNT,
  }
}

async function latencyTable(): Promise<void> {
  console.log(
    `\n| ${REQUESTS} requests/s beside | store | p50 ms, median (min–max) of ${ROUNDS} | p99 ms |\n|---|---|---|---|`,
  )
  for (const tasks of [0, TASKS]) {
    const turns = await inTurns(ROUNDS, '2', (server) => latencies(server, tasks))
    for (const [store, done] of turns) {
      const [p50, p99] = [0.5, 0.99].map((part) =>
        show(spreadOf(done.map((all) => all[Math.floor(all.length * part)] ?? Number.NaN)), 2),
      )
      console.log(`| ${tasks} tasks/s | ${store} | ${p50} | ${p99} |`)
    }
  }
}

/** @returns milliseconds of each request, the shortest first */
async function latencies(server: Running, tasks: number): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true })
  const taken: Promise<number>[] = []
  const sends: Promise<number>[] = []
  const startedAt = performance.now()
  const elapsed = (): number => performance.now() - startedAt
  let sent = 0
  while (elapsed() < TURN) {
    // By the clock and not by the answers: a server that stalls gets all the same requests.
    while (taken.length < (elapsed() * REQUESTS) / 1000) taken.push(ask(`${server.url}/hello`, agent))
    const due = Math.floor((elapsed() * tasks) / 1000) - sent
    if (due > 0) sends.push(ask(`${server.url}/send?count=${due}`, agent))
    sent += Math.max(0, due)
    await pause(1)
  }
  const all = await Promise.all(taken)
  await Promise.all(sends)
  agent.destroy()
  return all.sort((a, b) => a - b)
}

function ask(url: string, agent: http.Agent): Promise<number> {
  const askedAt = performance.now()
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        if ((response.statusCode ?? 0) >= 300) reject(new Error(`${url}: status ${response.statusCode}`))
        response.resume().once('end', () => resolve(performance.now() - askedAt))
      })
      .once('error', reject)
  })
}

/** One server per store, all up at once (idle ones cost nothing), measured one after the other in each round. */
async function inTurns<Result>(
  rounds: number,
  taskWorkers: string,
  measure: (server: Running) => Promise<Result>,
): Promise<Map<string, Result[]>> {
  await using cleanup = new AsyncDisposableStack()
  const servers = new Map<string, Running>()
  for (const store of stores) servers.set(store, await start(store, taskWorkers, cleanup))
  const results = new Map<string, Result[]>(stores.map((store) => [store, []]))
  for (let round = -1; round < rounds; round++) {
    for (const [store, server] of servers) {
      const result = await measure(server)
      if (round >= 0) results.get(store)?.push(result)
    }
  }
  return results
}

async function start(store: string, taskWorkers: string, cleanup: AsyncDisposableStack): Promise<Running> {
  const runDir = mkdtempSync(path.join(tmpdir(), 'tsrv-bench-'))
  cleanup.defer(() => rmSync(runDir, { recursive: true, force: true }))
  const settings = (SETTINGS[store] ?? []).flatMap((setting) => ['-o', setting])
  const args = ['-w', '1', '-t', taskWorkers, ...settings]
  return cleanup.use(await startServer('tasks-app', args, { TSRV_RUN_DIR: runDir }))
}
