/**
 * Listens to the heartbeats of all processes. One that falls silent is blocked or stopped: that is reported with what
 * it was doing, and past `workerTimeout` it is killed, for whoever replaces the dead.
 */
import type { Logger } from '../server.ts'
import { isSuspended } from '../util/process-identity.ts'
import { type Beat, BEAT_INTERVAL, type NotedRequest, type RequestNote } from '../wire/heartbeat.ts'
import { Attention } from './attention.ts'
import type { WorkerHandle } from './worker-handle.ts'

export interface HeartbeatsOptions {
  readonly members: () => readonly WorkerHandle[]
  /** Milliseconds; 0 is never. */
  readonly workerTimeout: () => number
  /** What an HTTP worker has noted. */
  readonly requestsOf: (worker: WorkerHandle) => RequestNote
  /** One has fallen silent, or speaks again. */
  readonly onChange: () => void
  readonly log: Logger
  /** Milliseconds on a clock that only runs forward. */
  readonly now: () => number
}

/** Milliseconds of silence that are reported, and after which others take the connections. */
const REPORT_AFTER = 3 * BEAT_INTERVAL
/** A beat may be late: less than this says nothing. */
const LEAST_TIMEOUT = 3 * BEAT_INTERVAL

export class Heartbeats {
  readonly #options: HeartbeatsOptions
  readonly #attention: Attention

  constructor(options: HeartbeatsOptions) {
    this.#options = options
    this.#attention = new Attention(options.now)
  }

  /** Looks again and again for as long as this process lives. */
  watch(): void {
    setTimeout(() => {
      this.#look()
      this.watch()
    }, BEAT_INTERVAL).unref()
  }

  heard(worker: WorkerHandle, beat: Beat): void {
    const now = this.#attention.look()
    const silence = worker.pulse.silence(now)
    if (!worker.pulse.beat(beat, now)) return
    const record = {
      event: 'worker-back',
      child: worker.label,
      childPid: worker.pid,
      silence: Math.round(silence),
    }
    this.#options.log.info(record, 'A blocked process goes on')
    this.#options.onChange()
  }

  #look(): void {
    const now = this.#attention.look()
    const limits = limitsFor(this.#options.workerTimeout())
    for (const worker of this.#options.members()) {
      const isWatched = worker.state === 'ready' || worker.state === 'draining'
      if (!isWatched || worker.pulse.last?.isDebugged === true) continue
      const silence = worker.pulse.silence(now)
      // A service may compute for as long as it likes: nobody's requests wait for it.
      if (silence < limits.report) continue
      const isNews = worker.pulse.blocked === undefined
      const note = worker.role === 'http-worker' ? this.#options.requestsOf(worker) : undefined
      worker.pulse.block({ silence: Math.round(silence), note })
      if (isNews) this.#report(worker)
      // A service may compute for as long as it likes: nobody's requests wait for it.
      if (silence >= limits.kill && worker.role !== 'service') worker.kill(reasonFor(worker))
    }
  }

  #report(worker: WorkerHandle): void {
    const { label: child, pid: childPid, pulse } = worker
    const { silence, note } = pulse.blocked ?? { silence: 0 }
    const facts = {
      event: 'worker-blocked',
      child,
      childPid,
      silence,
      ...(note !== undefined && factsOf(note)),
    }
    this.#options.log.warn(facts, isSuspended(childPid) ? 'A process is suspended' : 'A process is blocked')
    this.#options.onChange()
  }
}

function factsOf({ requests, open, isStale }: RequestNote): object {
  const records = requests.map(({ method, url, since }) => ({
    method,
    url,
    since: new Date(since).toISOString(),
  }))
  return { requests: records, open, ...(isStale && { isStale }) }
}

function reasonFor({ pid, pulse }: WorkerHandle): string {
  const { silence = 0, note } = pulse.blocked ?? {}
  const what = isSuspended(pid) ? 'it was suspended' : 'its event loop was blocked'
  return `${what} for ${Math.round(silence / 1000)} s${during(note?.requests ?? [])}`
}

function limitsFor(workerTimeout: number): { readonly report: number; readonly kill: number } {
  const kill = workerTimeout === 0 ? Infinity : Math.max(workerTimeout, LEAST_TIMEOUT)
  return { report: Math.min(REPORT_AFTER, kill / 2), kill }
}

/** ` with these requests open: GET /a, POST /b` */
function during(requests: readonly NotedRequest[]): string {
  if (requests.length === 0) return ''
  return ` with these requests open: ${requests.map(({ method, url }) => `${method} ${url}`).join(', ')}`
}
