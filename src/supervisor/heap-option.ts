/**
 * The option of Node that keeps the heaps of HTTP workers within the memory of a container. Node itself gives each
 * process as much as if it were alone there. The task server does without: the option would override the limits of
 * its threads, and its own code is not the user's.
 */
import { heapLimit } from '../util/heap-limits.ts'
import type { Launch } from './launch.ts'

/** In all spellings that V8 takes. */
const HEAP_SIZE = /--max[-_](?:old[-_]space|heap)[-_]size/

type Needs = Pick<Launch, 'workers' | 'taskWorkers' | 'env'> & {
  readonly config: { readonly processes: { readonly execArgv: readonly string[] } }
}

/**
 * Nothing without a limit, and where the user has set a size.
 *
 * @param limit bytes of the container
 */
export function heapOption(launch: Needs, limit: number | undefined): string[] {
  const { workers, taskWorkers, env, config } = launch
  const given = [env['NODE_OPTIONS'] ?? '', ...config.processes.execArgv]
  if (limit === undefined || given.some((options) => HEAP_SIZE.test(options))) return []
  const megabytes = heapLimit({ memory: limit, among: workers, isHalf: taskWorkers > 0 })
  // Not the old space alone: the young one may take another 192 MB.
  return [`--max-heap-size=${megabytes}`]
}
