/** What the control socket tells about the children: their states, and the counters of the task server. */
import type { Health, ServerState, Status, WorkerStatus } from '../control/protocol.ts'
import type { TaskStats } from '../wire/messages.ts'
import type { Launches } from './launches.ts'
import { type PlaceName, placesOf } from './plan.ts'
import type { Services } from './services/services.ts'
import type { Vacancies } from './vacancies.ts'
import { complaintAbout, vitalsOf } from './vitals.ts'
import type { WorkerHandle } from './worker-handle.ts'

export type SupervisorStatus = Pick<Status, 'state' | 'generation' | 'workers' | 'tasks' | 'problems'>

export interface Overview extends Pick<Described, 'workers' | 'leader' | 'vacancies'> {
  readonly state: ServerState
  /** Undefined when nobody answered. */
  readonly tasks: TaskStats | undefined
  readonly launches: Pick<Launches, 'generation' | 'http' | 'wanted'>
  readonly services: Pick<Services, 'status' | 'problems'>
  readonly problems: readonly string[]
}

export function describeServer(overview: Overview): SupervisorStatus {
  const { state, tasks, launches, services, workers, leader, vacancies, problems } = overview
  const places = state === 'stopping' ? [] : placesOf(launches.wanted)
  const { generation } = launches.http
  return {
    state: stateOf(state, services, workers),
    generation: launches.generation,
    workers: [...describeWorkers({ workers, places, generation, leader, vacancies }), ...services.status()],
    ...(tasks !== undefined && { tasks }),
    problems: [
      ...problems,
      ...services.problems,
      ...workers.flatMap((worker) => complaintAbout(worker) ?? []),
    ],
  }
}

export function describeHealth(
  state: ServerState,
  workers: readonly WorkerHandle[],
  services: Overview['services'],
): Health {
  const isGone = !workers.some((worker) => worker.state === 'ready')
  const http = isGone ? 'gone' : allBlocked(workers) ? 'blocked' : 'serving'
  return { state: stateOf(state, services, workers), http }
}

/** What is no fault of the others, but should be looked at, shows the server as unhealthy. */
function stateOf(
  state: ServerState,
  { problems }: Pick<Services, 'problems'>,
  workers: readonly WorkerHandle[],
): ServerState {
  return state === 'ready' && (problems.length > 0 || allBlocked(workers)) ? 'unhealthy' : state
}

/** One that is blocked leaves its connections to the others: only when there is none left is nothing answered. */
function allBlocked(workers: readonly WorkerHandle[]): boolean {
  const serving = workers.filter(({ role, state }) => role === 'http-worker' && state === 'ready')
  return serving.length > 0 && serving.every(({ pulse }) => pulse.blocked !== undefined)
}

interface Described {
  readonly workers: readonly WorkerHandle[]
  /** Places that should be filled; those that are not are shown as `waiting`. */
  readonly places: readonly PlaceName[]
  readonly generation: number
  readonly leader: WorkerHandle | undefined
  readonly vacancies: Pick<Vacancies, 'restarts' | 'recycles'>
}

/** HTTP workers first, by slot; whoever stood in a place earlier comes first there. */
function describeWorkers(described: Described): WorkerStatus[] {
  const { workers, places, generation, leader } = described
  const living = workers.map((worker) => ({
    ...placeStatus(worker, described),
    pid: worker.pid,
    state: worker.state,
    generation: worker.generation,
    uptimeMs: worker.uptime,
    ...(worker.state === 'draining' && { open: worker.open }),
    ...(worker === leader && { leader: true }),
    ...vitalsOf(worker),
  }))
  const empty = places
    .filter(({ role, slot }) => !workers.some((worker) => worker.role === role && worker.slot === slot))
    .map((place) => ({ ...placeStatus(place, described), state: 'waiting', generation }))
  return [...living, ...empty].sort((a, b) => a.role.localeCompare(b.role) || a.slot - b.slot)
}

function placeStatus(
  place: PlaceName,
  { vacancies }: Described,
): Pick<WorkerStatus, 'role' | 'slot' | 'restarts' | 'recycles'> {
  return {
    role: place.role === 'http-worker' ? 'http' : 'tasks',
    slot: place.slot,
    restarts: vacancies.restarts(place),
    recycles: vacancies.recycles(place),
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
