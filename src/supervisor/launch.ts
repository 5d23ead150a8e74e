/** What processes are started with; a reload makes the next one. */
import type { Config } from '../config/config.ts'
import type { Boot, LogPlace } from '../wire/messages.ts'
import type { IdBlocks } from '../control/id-blocks.ts'

export interface Launch {
  readonly config: Config
  readonly workers: number
  readonly taskWorkers: number
  /** Environment of the children. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** 1 at the start, one more with each reload. */
  readonly generation: number
}

/** How many run. */
export type Counts = Pick<Launch, 'workers' | 'taskWorkers'>

/** How to reach the rest of the server, the same for all launches. */
export interface BootSurroundings {
  readonly tasksSocket: string
  /** Absent when nothing can be written where it would be. */
  readonly tasksFile?: string
  readonly logPlace?: LogPlace | undefined
  readonly ids: Pick<IdBlocks, 'grant'>
  /** Where HTTP workers of a generation listen, if that is a Unix socket. */
  readonly socketPath: (generation: number) => string | undefined
  /** A developer waits for every reload: children tell which files they load, and old ones leave soon. */
  readonly watch?: boolean
}

export function bootOf(
  launch: Launch,
  { slot, name: service }: { readonly slot: number; readonly name?: string },
  surroundings: BootSurroundings,
): Boot<Config> {
  const { config, workers, taskWorkers, env, generation } = launch
  const { tasksSocket, tasksFile, logPlace, ids, watch } = surroundings
  const socketPath = surroundings.socketPath(generation)
  return {
    config,
    slot,
    generation,
    workers,
    taskWorkers,
    env,
    tasksSocket,
    ...(tasksFile !== undefined && { tasksFile }),
    ...(socketPath !== undefined && { socketPath }),
    ...(logPlace !== undefined && { logPlace }),
    ...(service !== undefined && { service }),
    ...(watch === true && { watch }),
    ids: ids.grant(),
  }
}

/** Milliseconds until what is open is cut, and those of idle connections. */
export type DrainTimes = readonly [within: number, idleGrace: number]

/** For an HTTP worker that has a successor. */
export function drainTimesOf({ config: { processes, http } }: Pick<Launch, 'config'>): DrainTimes {
  return [processes.maxWaitTime, http.keepAliveTimeout + IDLE_MARGIN]
}

/** Milliseconds beyond the keep-alive time: a request sent at its very end still arrives. */
const IDLE_MARGIN = 1000
