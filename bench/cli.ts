/** What a call of the command line costs: those that only talk to a server, and those that talk to nobody. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { requestReload } from '../src/control/client.ts'
import { show, spreadOf } from './statistics.ts'

const ROUNDS = 30
const root = path.resolve(import.meta.dirname, '..')
const bin = path.join(root, 'bin/tsrv.js')

function temporary(): string {
  return mkdtempSync(path.join(tmpdir(), 'tsrv-bench-'))
}

/** Milliseconds of a whole process. */
function call(cwd: string, args: readonly string[]): number {
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(process.execPath, [...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // 1 and 3 are answers as well: "not running".
  if (status === null || status > 3) throw new Error(`${args.join(' ')}: ${stderr.toString()}`)
  return performance.now() - startedAt
}

/** Rounds of all calls in turn, so that a busy moment of the machine meets each of them. */
async function compare(calls: Readonly<Record<string, () => number | Promise<number>>>): Promise<void> {
  const times = new Map(Object.keys(calls).map((name) => [name, [] as number[]]))
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(calls)) {
      const taken = await run()
      // The first one fills caches.
      if (round >= 0) times.get(name)?.push(taken)
    }
  }
  for (const [name, taken] of times) console.log(`| ${name} | ${show(spreadOf(taken))} |`)
}

console.log(`| call | ms, median (min–max) of ${ROUNDS} |\n|---|---|`)

const empty = temporary()
const project = temporary()
cpSync(path.join(root, 'templates/tasks'), project, { recursive: true })
try {
  await compare({
    'node -e 0, for comparison': () => call(empty, ['-e', '0']),
    'tsrv status, not running, nothing cached': () => call(empty, [bin, 'status']),
    'tsrv completion bash, nothing cached': () => call(empty, [bin, 'completion', 'bash']),
  })
  call(project, [bin, 'start', '-d', '-w', '1', '-t', '1', '-o', 'port=0'])
  const socket = path.join(project, '.tsrv/control.sock')
  await compare({
    'tsrv status, running': () => call(project, [bin, 'status']),
    'tsrv logs -n 10, running': () => call(project, [bin, 'logs', '-n', '10']),
    'tsrv reload --tasks, running': () => call(project, [bin, 'reload', '--tasks']),
    'the same reload, asked for on the socket': async () => {
      const startedAt = performance.now()
      await requestReload(socket, { only: 'tasks' }, {})
      return performance.now() - startedAt
    },
  })
  call(project, [bin, 'stop'])
  await compare({
    'tsrv status, not running': () => call(project, [bin, 'status']),
    'tsrv stop, not running': () => call(project, [bin, 'stop']),
    'tsrv reload, not running': () => call(project, [bin, 'reload']),
    'tsrv --help': () => call(project, [bin, '--help']),
  })
} finally {
  call(project, [bin, 'stop', '--force'])
  for (const folder of [empty, project]) rmSync(folder, { recursive: true, force: true })
}
