/**
 * The phases of a stop: HTTP workers accept nothing new and finish their requests; the task server finishes its
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
}

/**
 * Nobody takes over after a stop, so idle connections are closed soon; long enough for a request under way on
 * loopback or a local network to arrive first.
 */
const IDLE_GRACE = 400
/** The leader's last listeners get this much even when requests and tasks used up the time. */
const LEAST_FOR_LEADER = 2000

export async function shutDown({ crew, leader, within, leaderClosed }: ShutdownOptions): Promise<void> {
  const endsAt = performance.now() + within
  const left = (): number => Math.max(0, Math.round(endsAt - performance.now()))
  for (const worker of crew.members) if (worker.state === 'starting') worker.kill()

  const others = crew.httpWorkers().filter((worker) => worker !== leader)
  leader?.send({ type: 'close', within, idleGrace: IDLE_GRACE })
  for (const worker of others) worker.drain(within, IDLE_GRACE)
  await Promise.all([crew.gone(others), closedOrGone(crew, leader, leaderClosed)])

  const taskServers = crew.taskServers()
  for (const worker of taskServers) worker.drain(left(), 0)
  await crew.gone(taskServers)

  leader?.drain(Math.max(left(), LEAST_FOR_LEADER), 0, true)
  await crew.gone(crew.members)
}

async function closedOrGone(
  crew: Crew,
  leader: WorkerHandle | undefined,
  closed: Promise<void>,
): Promise<void> {
  if (leader !== undefined) await Promise.race([closed, crew.gone([leader])])
}
