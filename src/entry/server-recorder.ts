/** What the server tells of itself: to `server.json` for those who come later, to the control socket for askers. */
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'
import type { LastReload, Status } from '../control/protocol.ts'
import type { ChildRecord, ServerRecord } from '../control/server-json.ts'
import type { SupervisorStatus } from '../supervisor/status.ts'
import type { WorkerHandle } from '../supervisor/worker-handle.ts'
import type { ProcessIdentity } from '../util/process-identity.ts'
import { ownVersion } from '../util/version.ts'

export interface RecorderOptions {
  readonly config: Config
  readonly self: ProcessIdentity
  readonly address: AddressInfo | string
  readonly logFile?: string
}

export class ServerRecorder {
  readonly urls: readonly string[]
  readonly #startedAt = new Date()
  readonly #identity: Omit<ServerRecord, 'children'>

  constructor({ config, self, address, logFile }: RecorderOptions) {
    this.urls = [urlOf(address)]
    this.#identity = {
      version: ownVersion(),
      name: config.name,
      ...self,
      startedAt: this.#startedAt.toISOString(),
      urls: this.urls,
      ...(config.file !== undefined && { configFile: config.file }),
      root: config.root,
      ...(logFile !== undefined && { logFile }),
    }
  }

  record(workers: readonly WorkerHandle[]): ServerRecord {
    return { ...this.#identity, children: workers.flatMap(childRecord) }
  }

  status(
    supervisor: SupervisorStatus,
    { lastReload, admin }: { lastReload: LastReload | undefined; admin: string | undefined },
  ): Status {
    return {
      ...this.#identity,
      uptimeMs: Date.now() - this.#startedAt.getTime(),
      ...supervisor,
      ...(admin !== undefined && { admin }),
      ...(lastReload !== undefined && { lastReload }),
    }
  }
}

function childRecord({ role, slot, pid, startTime }: WorkerHandle): ChildRecord[] {
  // Without its start time a pid may later be anybody's: such a child is not recorded.
  if (startTime === undefined) return []
  return [{ role: ROLES[role], slot, pid, startTime }]
}

const ROLES = { 'http-worker': 'http', 'task-server': 'tasks', service: 'service' } as const

function urlOf(address: AddressInfo | string): string {
  if (typeof address === 'string') return `unix:${address}`
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
