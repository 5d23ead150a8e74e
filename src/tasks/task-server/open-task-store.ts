/** Opens what the config asks for: where tasks are kept, and where it is written down what became of them. */
import { messageOf, TsrvError } from '../../errors.ts'
import type { Broker } from '../broker.ts'
import { MemoryBroker } from '../brokers/memory.ts'
import { MemoryScheduleStore, type ScheduleStore } from '../schedules/schedule-store.ts'
import { SqliteStore } from '../store/sqlite-store.ts'
import { MemoryTaskLog } from '../task-log/memory.ts'
import type { TaskLog } from '../task-log.ts'

export interface TaskStore {
  readonly broker: Broker
  readonly taskLog: TaskLog
  readonly schedules: ScheduleStore
  /** Resolves with the reason when it cannot go on: this process should end, and its successor open it again. */
  readonly lost: Promise<Error>
  close(): Promise<void>
}

export interface TaskStoreOptions {
  /** Undefined: sqlite where it can be had. */
  readonly broker: 'sqlite' | 'memory' | undefined
  readonly durability: 'process' | 'power'
  readonly keep: { readonly count: number }
  /** Database of the sqlite broker; undefined where nothing can be written. */
  readonly file: string | undefined
  /** Told why tasks are kept in memory though nobody asked for that. */
  readonly onTrouble: (message: string) => void
}

/**
 * @throws TsrvError TSRV_STORE_LOCKED, TSRV_STORE_TOO_NEW, TSRV_STORE_INVALID; TSRV_STORE_UNUSABLE when sqlite was
 *   asked for by name
 */
export async function openTaskStore(options: TaskStoreOptions): Promise<TaskStore> {
  const { broker, onTrouble } = options
  if (broker === 'memory') return openMemory(options)
  try {
    return await openSqlite(options)
  } catch (error) {
    const isUnusable = error instanceof TsrvError && error.code === 'TSRV_STORE_UNUSABLE'
    if (broker === 'sqlite' || !isUnusable) throw error
    onTrouble(`${messageOf(error)} Tasks are kept in memory and do not outlive the task server.`)
    return openMemory(options)
  }
}

async function openSqlite({ file, durability }: TaskStoreOptions): Promise<TaskStore> {
  if (file === undefined) {
    throw new TsrvError('STORE_UNUSABLE', { file: 'tasks.db', reason: 'the run directory cannot be written' })
  }
  const store = await SqliteStore.open(file, { durability })
  await store.broker.initialise()
  const { broker, log: taskLog, schedules, lost } = store
  return { broker, taskLog, schedules, lost, close: () => store.close() }
}

function openMemory({ keep }: TaskStoreOptions): TaskStore {
  const broker = new MemoryBroker()
  const lost = new Promise<never>(() => {})
  const taskLog = new MemoryTaskLog({ keep: keep.count })
  return { broker, taskLog, schedules: new MemoryScheduleStore(), lost, close: () => broker.close() }
}
