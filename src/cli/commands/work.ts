/** `tsrv work`: more task workers for the running server, for as long as this command runs. */
import { type OpenWork, openWork } from '../../control/task-client.ts'
import { PauseSignals } from '../../entry/pause-signals.ts'
import { StopSignals } from '../../entry/stop-signals.ts'
import { TsrvError } from '../../errors.ts'
import { errorFromWire } from '../../wire/error-report.ts'
import { printNotRunning } from '../render/not-running.ts'
import { printEndingWork, printWorkNews } from '../render/work.ts'
import { locateServer } from '../server-place.ts'

export interface WorkOptions {
  readonly config?: string
  readonly lanes: number
  /** Tasks to run in all. */
  readonly limit?: number
  /** They run no others. */
  readonly queue?: string
}

export async function work({ config, ...request }: WorkOptions): Promise<number> {
  using stops = new StopSignals()
  using pauses = new PauseSignals()
  const { controlSocket } = locateServer(config).paths
  const open = await openWork(controlSocket, request, forced(stops))
  if (open === undefined) return printNotRunning()
  pauses.listen((what) => tell(open, what))
  void closeOnStop(open, stops)
  for await (const news of open.news) {
    printWorkNews(news)
    if (news.is !== 'closed') continue
    if (news.error !== undefined) throw errorFromWire(news.error)
    return 0
  }
  if (stops.isForced) throw new TsrvError('WORK_LEFT')
  throw new TsrvError('CONTROL_FAILED', {
    pid: 'unknown',
    socket: controlSocket,
    reason: 'the connection ended',
  })
}

function forced(stops: StopSignals): AbortSignal {
  const leave = new AbortController()
  const abort = async (): Promise<void> => {
    await stops.forced
    leave.abort(new TsrvError('WORK_LEFT'))
  }
  void abort()
  return leave.signal
}

async function closeOnStop(open: OpenWork, stops: StopSignals): Promise<void> {
  await stops.first
  printEndingWork()
  tell(open, 'close')
}

/** The news say what has come of it; that the server is gone, too. */
function tell(open: OpenWork, what: 'pause' | 'resume' | 'close'): void {
  open.order(what).catch(() => {})
}
