/** What the control socket tells about the children: their states, and the counters of the task server. */
import type { WorkerStatus } from '../control/protocol.ts'
import type { TaskStats } from '../wire/messages.ts'
import type { PlaceName } from './plan.ts'
import type { WorkerHandle } from './worker-handle.ts'

export interface Described {
  readonly workers: readonly WorkerHandle[]
  /** Places that should be filled; those that are not are shown as `waiting`. */
  readonly places: readonly PlaceName[]
  readonly generation: number
  readonly leader: WorkerHandle | undefined
  readonly restarts: (place: PlaceName) => number
  /** As `Date.now()`. */
  readonly now: number
}

/** HTTP workers first, by slot; whoever stood in a place earlier comes first there. */
export function describeWorkers(described: Described): WorkerStatus[] {
  const { workers, places, generation, leader, restarts, now } = described
  const living = workers.map((worker) => ({
    ...placeStatus(worker, restarts),
    pid: worker.pid,
    state: worker.state,
    generation: worker.generation,
    uptimeMs: now - worker.startedAt,
    ...(worker === leader && { leader: true }),
  }))
  const empty = places
    .filter(({ role, slot }) => !workers.some((worker) => worker.role === role && worker.slot === slot))
    .map((place) => ({ ...placeStatus(place, restarts), state: 'waiting', generation }))
  return [...living, ...empty].sort((a, b) => a.role.localeCompare(b.role) || a.slot - b.slot)
}

function placeStatus(
  place: PlaceName,
  restarts: Described['restarts'],
): Pick<WorkerStatus, 'role' | 'slot' | 'restarts'> {
  return {
    role: place.role === 'http-worker' ? 'http' : 'tasks',
    slot: place.slot,
    restarts: restarts(place),
  }
}

// A task server whose main thread does not answer in this time is shown without counters.
const PATIENCE = 500

/** Asks the task server for its counters; askers at the same time share one answer. */
export class TaskStatsQuestion {
  #waiting: ((stats: TaskStats | undefined) => void)[] = []

  async ask(taskServers: readonly WorkerHandle[]): Promise<TaskStats | undefined> {
    // A draining one still answers: during a stop one wants to see what is awaited.
    const taskServer =
      taskServers.find(({ state }) => state === 'ready') ??
      taskServers.find(({ state }) => state === 'draining')
    if (taskServer === undefined) return undefined
    const answer = Promise.withResolvers<TaskStats | undefined>()
    const timer = setTimeout(() => answer.resolve(undefined), PATIENCE)
    this.#waiting.push(answer.resolve)
    taskServer.send({ type: 'stats?' })
    const stats = await answer.promise
    clearTimeout(timer)
    return stats
  }

  answered(stats: TaskStats): void {
    for (const resolve of this.#waiting.splice(0)) resolve(stats)
  }
}
