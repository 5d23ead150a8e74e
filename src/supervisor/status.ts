/** What the control socket tells about the children: their states, and the counters of the task server. */
import type { WorkerStatus } from '../control/protocol.ts'
import type { TaskStats } from '../wire/messages.ts'
import type { Place, WorkerHandle } from './worker-handle.ts'

export function describeWorkers(
  workers: readonly WorkerHandle[],
  leader: WorkerHandle | undefined,
  restarts: (place: Place) => number,
): WorkerStatus[] {
  return workers.map((worker) => ({
    role: worker.role === 'http-worker' ? 'http' : 'tasks',
    slot: worker.slot,
    pid: worker.pid,
    state: worker.state,
    generation: worker.generation,
    restarts: restarts(worker),
    uptimeMs: Date.now() - worker.startedAt,
    ...(worker === leader && { leader: true }),
  }))
}

// A task server whose main thread does not answer in this time is shown without counters.
const PATIENCE = 500

/** Asks the task server for its counters; askers at the same time share one answer. */
export class TaskStatsQuestion {
  #waiting: ((stats: TaskStats | undefined) => void)[] = []

  async ask(taskServer: WorkerHandle | undefined): Promise<TaskStats | undefined> {
    if (taskServer === undefined || taskServer.state !== 'ready') return undefined
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
