/** What a TaskManager is made with: the options as they may be written, checked, and in their normal form. */
import { inspect } from 'node:util'
import { TsrvError } from '../../errors.ts'
import { type Duration, requireDuration } from '../../util/duration.ts'

export interface TaskManagerOptions {
  /** Globs of the files whose exported classes and functions may travel as tasks, relative to `root`. Default: none. */
  readonly modules?: string | readonly string[]
  /** Module of the services that `ServiceBasedTask` runs, relative to `root`. */
  readonly container?: string
  /** Default: the working directory. */
  readonly root?: string
  /** Threads that are always there. Default 1. */
  readonly minWorkers?: number
  /** Threads that there are at most. Default 10. */
  readonly maxWorkers?: number
  /** A thread beyond `minWorkers` that has not been needed for this time ends. Default 60 s. */
  readonly idleTimeout?: Duration
  /** Tasks that one thread runs at a time; more than 1 is for async tasks, which wait most of the time. Default 1. */
  readonly jobsPerWorker?: number
  /** Where tasks wait: 'memory', or the file of an SQLite database that outlives the program. Default 'memory'. */
  readonly queue?: 'memory' | { readonly sqlite: string }
  /** The least important records that are written to standard output. Default 'warn'. */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
}

export interface ManagerSettings {
  readonly modules: readonly string[]
  readonly container: string | undefined
  readonly root: string
  readonly minWorkers: number
  readonly maxWorkers: number
  /** Milliseconds. */
  readonly idleTimeout: number
  readonly jobsPerWorker: number
  /** File of the database; undefined for memory. */
  readonly file: string | undefined
  readonly logLevel: NonNullable<TaskManagerOptions['logLevel']>
}

/** @throws TsrvError TSRV_TASK_OPTION_INVALID */
export function readSettings(options: TaskManagerOptions): ManagerSettings {
  for (const [option, value] of Object.entries(options)) {
    if (!OPTIONS.includes(option)) throw invalid(option, value, `one of ${OPTIONS.join(', ')}`)
  }
  const { modules = [], container, root = process.cwd(), queue = 'memory', logLevel = 'warn' } = options
  const minWorkers = count('minWorkers', options.minWorkers ?? 1)
  const maxWorkers = count('maxWorkers', options.maxWorkers ?? Math.max(10, minWorkers))
  if (maxWorkers < minWorkers) throw invalid('maxWorkers', maxWorkers, `at least minWorkers (${minWorkers})`)
  if (!LEVELS.includes(logLevel)) throw invalid('logLevel', logLevel, `one of ${LEVELS.join(', ')}`)
  return {
    modules: typeof modules === 'string' ? [modules] : modules,
    container,
    root,
    minWorkers,
    maxWorkers,
    idleTimeout: requireDuration(options.idleTimeout ?? '60s', CALL, 'idleTimeout'),
    jobsPerWorker: count('jobsPerWorker', options.jobsPerWorker ?? 1),
    file: fileOf(queue),
    logLevel,
  }
}

const CALL = 'new TaskManager'

const OPTIONS: readonly string[] = Object.keys({
  modules: true,
  container: true,
  root: true,
  minWorkers: true,
  maxWorkers: true,
  idleTimeout: true,
  jobsPerWorker: true,
  queue: true,
  logLevel: true,
} satisfies Record<keyof TaskManagerOptions, true>)

const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

function count(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= LARGEST) return value
  throw invalid(option, value, `an integer 1-${LARGEST}`)
}

const LARGEST = 1024

function fileOf(queue: TaskManagerOptions['queue']): string | undefined {
  if (queue === 'memory') return undefined
  const file: unknown = typeof queue === 'object' ? queue.sqlite : undefined
  if (typeof file === 'string' && file !== '') return file
  throw invalid('queue', queue, '"memory" or { sqlite: file }')
}

function invalid(option: string, value: unknown, expected: string): TsrvError {
  return new TsrvError('TASK_OPTION_INVALID', {
    option,
    call: CALL,
    value: inspect(value, { depth: 1, breakLength: Infinity }),
    expected,
  })
}
