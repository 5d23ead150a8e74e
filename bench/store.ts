/**
 * Lifecycles per second of the SQLite store: enqueue, claim, settle, forget, and with the log also create, running,
 * completed. CPU is that of the store's thread alone, so what it could do at most is 1,000,000 / µs.
 * `node bench/store.ts [rounds] [bytes of data]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { NewTask } from '../src/tasks/broker.ts'
import type { Durability } from '../src/tasks/store/database.ts'
import type { StartHost } from '../src/tasks/store/store-host.ts'
import { SqliteStore } from '../src/tasks/store/sqlite-store.ts'
import { entryUrl } from '../src/util/entry-url.ts'
import { show, spreadOf } from './statistics.ts'

const [rounds = 5, bytes = 256] = process.argv.slice(2).map(Number)

/** Loops that work at the same time: while one waits for its commit, the others' calls make the next group. */
const LOOPS = 4
const LIFECYCLES = 20_000
const RESULT = new Uint8Array(16)

interface Shape {
  readonly group: number
  readonly durability: Durability
  readonly log: boolean
}

const SHAPES: readonly Shape[] = [1, 10, 100, 500].flatMap((group) =>
  (['process', 'power'] as const).flatMap((durability) =>
    [true, false].map((log) => ({ group, durability, log })),
  ),
)

console.log(
  '| tasks per call | durability | log | lifecycles/s | µs CPU of the store thread | µs CPU of the caller |',
)
console.log('|---|---|---|---|---|---|')
for (const shape of SHAPES) await report(shape)

async function report(shape: Shape): Promise<void> {
  const measured: Measured[] = []
  for (let round = -1; round < rounds; round++) {
    const one = await measure(shape)
    if (round >= 0) measured.push(one)
  }
  const spread = (key: keyof Measured, digits: number): string =>
    show(spreadOf(measured.map((one) => one[key])), digits)
  const { group, durability, log } = shape
  console.log(
    `| ${group} | ${durability} | ${log ? 'yes' : 'no'} | ${spread('perSecond', 0)} | ${spread('storeCpu', 1)} | ${spread('callerCpu', 1)} |`,
  )
}

interface Measured {
  readonly perSecond: number
  readonly storeCpu: number
  readonly callerCpu: number
}

async function measure(shape: Shape): Promise<Measured> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-bench-'))
  let worker: Worker | undefined
  const startHost: StartHost = (port, boot, { onError, onExit }) => {
    const started = new Worker(entryUrl('task-store'), {
      workerData: { port, boot },
      transferList: [port],
      execArgv: [],
    })
    started.on('error', (error) => onError(error as Error))
    started.on('exit', onExit)
    worker = started
    return { terminate: () => void started.terminate() }
  }
  const store = await SqliteStore.open(path.join(folder, 'tasks.db'), {
    durability: shape.durability,
    startHost,
  })
  const storeCpu = async (): Promise<number> => {
    const usage = await worker?.cpuUsage()
    return (usage?.user ?? 0) + (usage?.system ?? 0)
  }
  // Small groups commit often: fewer of them tell as much.
  const lifecycles = Math.min(LIFECYCLES, shape.group * 1000)
  const before = { at: performance.now(), store: await storeCpu(), caller: process.threadCpuUsage() }
  await Promise.all(Array.from({ length: LOOPS }, (_, loop) => live(store, shape, loop, lifecycles / LOOPS)))
  const seconds = (performance.now() - before.at) / 1000
  const caller = process.threadCpuUsage(before.caller)
  const measured = {
    perSecond: lifecycles / seconds,
    storeCpu: ((await storeCpu()) - before.store) / lifecycles,
    callerCpu: (caller.user + caller.system) / lifecycles,
  }
  await store.close()
  rmSync(folder, { recursive: true })
  return measured
}

async function live(store: SqliteStore, { group, log }: Shape, loop: number, count: number): Promise<void> {
  const { broker, log: taskLog } = store
  const queue = `queue-${loop}`
  for (let done = 0; done < count; done += group) {
    const tasks = Array.from({ length: group }, (_, index) => task(loop * 1e6 + done + index + 1, queue))
    if (log) void taskLog.create(tasks.map(({ task }) => ({ ...task })))
    await broker.enqueue(tasks)
    const claims = await broker.claim({
      queue,
      max: group,
      suspects: false,
      leaseMs: 30_000,
      worker: 'bench',
    })
    const at = Date.now()
    if (log) {
      for (const { task, fence, attempt } of claims) {
        void taskLog.transition(task.id, { to: 'running', fence, at, attempt, worker: 'task 1' })
      }
    }
    await Promise.all(
      claims.map((claim) => {
        const { fence, attempt } = claim
        const meta = { failed: false, attempt, duration: 1, redelivered: false, workerId: 1 }
        const settled = broker.settle(claim, { state: 'completed', meta, result: RESULT })
        if (log) {
          const change = { to: 'completed', fence, at, attempt, duration: 1, result: RESULT } as const
          void taskLog.transition(claim.task.id, change)
        }
        return settled
      }),
    )
    await broker.forget(tasks.map(({ task }) => task.id))
  }
}

function task(id: number, queue: string): NewTask {
  const now = Date.now()
  return {
    attempt: 0,
    crashes: 0,
    task: {
      id,
      queue,
      data: new Uint8Array(bytes).fill(id),
      name: 'mail',
      priority: 0,
      createdAt: now,
      runAt: now,
      workerId: 1,
      sender: 'http:1',
      client: 'http-1-4711',
      watched: false,
      policy: {},
    },
  }
}
