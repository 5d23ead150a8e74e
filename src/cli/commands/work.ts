/** `tsrv work`: more task workers for the running server, for as long as this command runs. */
import { type OpenWork, openWork } from '../../control/task-client.ts'
import { PauseSignals } from '../../entry/pause-signals.ts'
import { StopSignals } from '../../entry/stop-signals.ts'
import { EXIT, TsrvError } from '../../errors.ts'
import { errorFromWire } from '../../wire/error-report.ts'
import { printNotRunning } from '../render/not-running.ts'
import { printEndingWork, printWorkNews } from '../render/work.ts'
import { locateServer } from '../server-place.ts'

export interface WorkOptions {
  readonly config?: string
  readonly lanes: number
  /** Tasks to run in all. */
  readonly limit?: number
}

export async function work({ config, ...request }: WorkOptions): Promise<number> {
  using stops = new StopSignals()
  let open: OpenWork | undefined
  using _pauses = new PauseSignals({
    onPause: () => tell(open, 'pause'),
    onResume: () => tell(open, 'resume'),
  })
  const leave = new AbortController()
  void stops.forced.then(() => leave.abort())
  const { controlSocket } = locateServer(config).paths
  try {
    open = await openWork(controlSocket, request, leave.signal)
  } catch (error) {
    if (stops.isForced) return EXIT.failure
    throw error
  }
  if (open === undefined) return printNotRunning()
  void stops.first.then(() => {
    printEndingWork()
    tell(open, 'close')
  })
  for await (const news of open.news) {
    printWorkNews(news)
    if (news.is !== 'closed') continue
    if (news.error !== undefined) throw errorFromWire(news.error)
    return 0
  }
  if (stops.isForced) return EXIT.failure
  throw new TsrvError('CONTROL_FAILED', {
    pid: 'unknown',
    socket: controlSocket,
    reason: 'the connection ended',
  })
}

/** The news say what has come of it; that the server is gone, too. */
function tell(open: OpenWork | undefined, what: 'pause' | 'resume' | 'close'): void {
  open?.order(what).catch(() => {})
}
