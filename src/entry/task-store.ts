/** Thread role: the task store. No user code runs here, so nothing resolves the package's own name. */
import { workerData } from 'node:worker_threads'
import { serveStore } from '../tasks/store/store-thread.ts'
import type { StoreThreadData } from '../tasks/store/store-messages.ts'

const { port, boot } = workerData as StoreThreadData
serveStore(port, boot)
