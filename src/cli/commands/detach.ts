/** `tsrv start -d`: starts the server in a process of its own and waits until it is ready, or is not going to be. */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { processEnv } from '../../config/env.ts'
import { readLock } from '../../control/lock.ts'
import { notedLogFile } from '../../control/log-note.ts'
import { openRunDirectory } from '../../control/run-directory.ts'
import type { StartReport } from '../../entry/starter.ts'
import { type StopReason, StopSignals } from '../../entry/stop-signals.ts'
import { TsrvError } from '../../errors.ts'
import { ownVersion } from '../../util/version.ts'
import { errorFromWire } from '../../wire/error-report.ts'
import { printLogLines } from '../render/log.ts'
import { printDetached, printWarning } from '../render/server.ts'
import { printLine } from '../render/terminal.ts'
import { locateServer } from '../server-place.ts'
import { followServerLog, openServerLog } from '../server-log.ts'

/**
 * @param file value of `-c`
 * @param argv the whole call: the server is started by the same one
 */
export async function detach(file: string | undefined, argv: readonly string[]): Promise<number> {
  using stops = new StopSignals()
  const { paths } = locateServer(file)
  // Before its log gets a line of ours. Two starts at once are decided by the server's own lock.
  const holder = readLock(paths.lock)
  if (holder !== undefined) throw new TsrvError('ALREADY_RUNNING', { pid: holder.pid, runDir: paths.dir })
  openRunDirectory(paths)
  using log = openServerLog(paths)
  log.write('info', 'Starting the server', { event: 'start', version: ownVersion() })
  const outcome = await outcomeOf(launch(argv, log.fd), stops, (text) => {
    printWarning(text)
    log.write('warn', text)
  })
  switch (outcome.kind) {
    case 'ready':
      printDetached(outcome, { file, logFile: notedLogFile(paths) })
      return 0
    case 'interrupted':
      log.write('info', 'The start was interrupted', { event: 'interrupted', signal: outcome.signal })
      return 128 + constants.signals[outcome.signal]
    case 'failed': {
      using other = followServerLog(log, paths)
      const last = other ?? log
      if (!isAnothers(outcome.error)) await printLogLines(last.lastLines(MOST_LINES))
      const error = outcome.error ?? endedEarly(outcome.how, last.file)
      last.write('fatal', error.message, { event: 'failed' })
      throw error
    }
    default:
      return outcome satisfies never
  }
}

/** Of two starts at once the one that lost: what stands in the log is the other one's. */
function isAnothers(error: Error | undefined): boolean {
  return error instanceof TsrvError && error.code === 'TSRV_ALREADY_RUNNING'
}

/** Of the log of a start that failed: in the foreground they would have been seen as well. */
const MOST_LINES = 20

/** As it was called, which outlives an upgrade that puts another version there; the own file may be a version's own. */
const program = (): string =>
  process.argv[1] ?? fileURLToPath(new URL('../../../bin/tsrv.js', import.meta.url))

function launch([verb = 'start', ...args]: readonly string[], fd: number): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, program(), verb, '--detached', ...args], {
    // A session of its own: neither Ctrl+C nor the end of the terminal reaches it.
    detached: true,
    stdio: ['ignore', fd, fd, 'ipc'],
    env: { ...processEnv() },
  })
}

type Ready = Extract<StartReport, { kind: 'ready' }> & { readonly pid: number }

type Outcome =
  | Ready
  | { readonly kind: 'interrupted'; readonly signal: NodeJS.Signals }
  /** Without an error it said nothing of why it ended. */
  | { readonly kind: 'failed'; readonly how: string; readonly error?: Error }

/** Settles when the server is ready, or when its process is gone. */
function outcomeOf(
  server: ChildProcess,
  stops: StopSignals,
  onWarning: (text: string) => void,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let interruptedBy: NodeJS.Signals | undefined
  let error: Error | undefined
  const interrupt = ({ reason }: StopReason): void => {
    interruptedBy = reason as NodeJS.Signals
    printLine('Stopping server ...', 'stderr')
    server.kill('SIGTERM')
  }
  void stops.first.then(interrupt)
  // Its second signal forces.
  void stops.forced.then(() => server.kill('SIGTERM'))
  server.on('message', (report: StartReport) => {
    if (report.kind === 'warning') onWarning(report.text)
    else if (report.kind === 'failed') error = errorFromWire(report.error)
    else if (interruptedBy === undefined) {
      server.unref()
      resolve({ ...report, pid: server.pid ?? 0 })
    }
  })
  server.once('error', (failure) => resolve({ kind: 'failed', how: failure.message }))
  server.once('exit', (code, signal) => {
    if (interruptedBy !== undefined) resolve({ kind: 'interrupted', signal: interruptedBy })
    else resolve({ kind: 'failed', how: signal ?? `status ${code}`, ...(error && { error }) })
  })
  return promise
}

function endedEarly(how: string, logFile: string): TsrvError {
  return new TsrvError('DETACHED_ENDED', { how, file: path.relative('', logFile) })
}
