/**
 * The phases of a stop: HTTP workers accept nothing new and finish their requests; services end; the task server finishes its
 * tasks, whose ends the leader still hears; last the leader runs the shutdown listeners and leaves.
 */
import type { Crew } from './crew.ts'
import type { WorkerHandle } from './worker-handle.ts'

export interface ShutdownOptions {
  readonly crew: Crew
  readonly leader: WorkerHandle | undefined
  /** Milliseconds for the requests and tasks that are open. */
  readonly within: number
  /** Resolves when the leader has closed its listener and its last connection. */
  readonly leaderClosed: Promise<void>
  readonly services: { stop(): Promise<void> }
}

/**
 * Nobody takes over after a stop, so idle connections are closed soon; long enough for a request under way on
 * loopback or a local network to arrive first.
 */
const IDLE_GRACE = 400
/** The leader's last listeners get this much even when requests and tasks used up the time. */
const LEAST_FOR_LEADER = 2000
/** The leader cuts what is open by itself; this is the time it gets to say so. */
const CLOSE_MARGIN = 1000

export async function shutDown(options: ShutdownOptions): Promise<void> {
  const { crew, leader, within } = options
  const endsAt = performance.now() + within
  const left = (): number => Math.max(0, Math.round(endsAt - performance.now()))
  killStarting(crew.httpWorkers())
  const others = crew.httpWorkers().filter((worker) => worker !== leader)
  leader?.send({ type: 'close', within, idleGrace: IDLE_GRACE })
  for (const worker of others) worker.drain(within, IDLE_GRACE)
  await Promise.all([crew.gone(others), closedOrGone(options)])

  // Between the two: requests may still ask them, and what they send last is still a task.
  await options.services.stop()

  // Not before: a replacement that is just starting takes what HTTP workers still have for its predecessor.
  const taskServers = crew.taskServers()
  killStarting(taskServers)
  for (const worker of taskServers) worker.drain(left(), 0)
  await crew.gone(taskServers)

  leader?.drain(Math.max(left(), LEAST_FOR_LEADER), 0, true)
  await crew.gone(crew.members)
}

function killStarting(workers: readonly WorkerHandle[]): void {
  for (const worker of workers) if (worker.state === 'starting') worker.kill()
}

/** A leader that hangs is left behind here, and killed in the last phase. */
async function closedOrGone({ crew, leader, within, leaderClosed }: ShutdownOptions): Promise<void> {
  if (leader === undefined) return
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, within + CLOSE_MARGIN)
  await Promise.race([leaderClosed, crew.gone([leader]), late.promise])
  clearTimeout(timer)
}

/** Milliseconds that a start that has failed gives what is ready already. */
const LAST_FLUSH = 1000

/** What is ready already has answered requests: the tasks it promised to keep must reach the store. */
export async function giveUp(crew: Pick<Crew, 'killAll'>, stop: () => Promise<void>): Promise<void> {
  const late = setTimeout(() => crew.killAll(), LAST_FLUSH)
  await stop()
  clearTimeout(late)
}
