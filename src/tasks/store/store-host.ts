/** Where the inside of the store runs: a thread, so that commits never stop the task server. */
import { type MessagePort, Worker } from 'node:worker_threads'
import { entryUrl } from '../../util/entry-url.ts'
import type { StoreBoot, StoreThreadData } from './store-messages.ts'

export interface StoreHost {
  /** Ends it wherever it is. */
  terminate(): void
}

interface HostEvents {
  readonly onError: (error: Error) => void
  readonly onExit: (status: number) => void
}

export type StartHost = (port: MessagePort, boot: StoreBoot, events: HostEvents) => StoreHost

export const startThread: StartHost = (port, boot, events) => {
  // No flags of this process: a loader for the user's code has no business there.
  const worker = new Worker(entryUrl('task-store'), {
    name: 'task store',
    workerData: { port, boot } satisfies StoreThreadData,
    transferList: [port],
    execArgv: [],
  })
  worker.on('error', (error) => events.onError(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', (status) => events.onExit(status))
  return { terminate: () => void worker.terminate() }
}
