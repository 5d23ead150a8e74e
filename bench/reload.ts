/**
 * What a reload under load loses: the same app and the same clients in front of tsrv, PM2 and Watt, in turns. PM2 and
 * Watt are installed when this is first run.
 *
 *   node bench/reload.ts [rounds, default 5] [part of a name, default all]
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ask, Clients, KINDS, type KindName, type Loss, type Lost } from './reload/clients.ts'
import { type Contender, WORKERS } from './reload/contender.ts'
import { pm2Defaults, pm2Recommended } from './reload/pm2.ts'
import { tsrv } from './reload/tsrv.ts'
import { wattReload, wattRestart } from './reload/watt.ts'
import { show, spreadOf } from './statistics.ts'

const RELOADS = 3
const WARM_UP = 2000
/** From a reload to the next: requests that were open when it began have had their time by then. */
const SETTLE = 5000
const PATIENCE = 60_000

const LOSSES: readonly Loss[] = ['refused', 'reset', 'hung', 'wrong']
const KIND_NAMES = Object.keys(KINDS) as KindName[]

const [rounds = '5', part = ''] = process.argv.slice(2)
const ALL = [tsrv, pm2Defaults, pm2Recommended, wattRestart, wattReload]
const contenders = ALL.filter(({ name }) => name.includes(part))

interface Turn {
  readonly answered: number
  readonly lost: readonly Lost[]
  /** Milliseconds of each reload. */
  readonly took: readonly number[]
}

// Whoever ends the benchmark ends its servers: that of PM2 would live on.
const interrupted = new AbortController()
const { signal } = interrupted
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())

const turns = new Map<Contender, Turn[]>(contenders.map((contender) => [contender, []]))
for (let round = 1; round <= Number(rounds); round++) {
  for (const [contender, done] of turns) {
    const turn = await play(contender).catch((error: unknown) => {
      console.error(signal.aborted ? 'interrupted' : error)
      // The clients still ask.
      process.exit(1)
    })
    done.push(turn)
    console.error(`round ${round}: ${contender.name} lost ${turn.lost.length}, answered ${turn.answered}`)
  }
}
print()

async function play(contender: Contender): Promise<Turn> {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-bench-'))
  cpSync(path.join(import.meta.dirname, 'reload/app'), dir, { recursive: true })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  try {
    await using server = await contender.start(dir, port)
    await answers(url)
    const clients = new Clients(url)
    await pause(WARM_UP, undefined, { signal })
    const took: number[] = []
    for (let reload = 0; reload < RELOADS; reload++) {
      const startedAt = performance.now()
      await server.reload()
      await answers(url)
      took.push(performance.now() - startedAt)
      await pause(SETTLE, undefined, { signal })
    }
    await clients.end()
    return { answered: clients.answered, lost: clients.lost, took }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Resolves when a fresh connection is answered. */
async function answers(url: string): Promise<void> {
  const endsAt = performance.now() + PATIENCE
  while ((await ask(url, false, 1000)) !== undefined) {
    if (performance.now() > endsAt) throw new Error(`nobody answers on ${url}`)
    await pause(10)
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function print(): void {
  const clients = Object.entries(KINDS).map(([name, { count }]) => `${count} ${name}`)
  console.log(
    `${WORKERS} workers, ${RELOADS} reloads a turn, ${rounds} turns each; clients: ${clients.join(', ')}\n`,
  )
  const head = [
    '',
    `lost in ${RELOADS} reloads`,
    `of all: ${LOSSES.join(' / ')}`,
    ...KIND_NAMES.map((name) => `lost: ${name}`),
    'answered',
    's per reload',
  ]
  const rows = [...turns].map(([{ name }, done]) => [
    name,
    show(spreadOf(done.map(({ lost }) => lost.length))),
    LOSSES.map((loss) => count(done, (one) => one.loss === loss)).join(' / '),
    ...KIND_NAMES.map((kind) => String(count(done, (one) => one.kind === kind))),
    String(done.reduce((sum, { answered }) => sum + answered, 0)),
    show(spreadOf(done.flatMap(({ took }) => took.map((ms) => ms / 1000))), 1),
  ])
  for (const line of [head, head.map(() => '---'), ...rows]) console.log(`| ${line.join(' | ')} |`)
}

function count(done: readonly Turn[], matches: (one: Lost) => boolean): number {
  return done.reduce((sum, { lost }) => sum + lost.filter(matches).length, 0)
}
