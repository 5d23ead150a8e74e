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
  /** Where requests are served now. */
  readonly addresses: () => readonly (AddressInfo | string)[]
  /** Whether they speak HTTPS. */
  readonly isSecure: () => boolean
  readonly logFile?: string
  /** Milliseconds on a clock that only runs forward. */
  readonly now: () => number
}

interface RecordedMore {
  readonly lastReload: LastReload | undefined
  readonly admin: { readonly url: string | undefined; readonly problem: string | undefined }
  readonly isRestarting: boolean
}

export class ServerRecorder {
  readonly #options: RecorderOptions
  readonly #begun: number
  readonly #identity: Omit<ServerRecord, 'children' | 'urls'>

  constructor(options: RecorderOptions) {
    const { config, self, logFile, now } = options
    this.#options = options
    this.#begun = now()
    this.#identity = {
      version: ownVersion(),
      name: config.name,
      ...self,
      startedAt: new Date().toISOString(),
      ...(config.file !== undefined && { configFile: config.file }),
      root: config.root,
      ...(logFile !== undefined && { logFile }),
    }
  }

  get urls(): readonly string[] {
    const { addresses, isSecure } = this.#options
    return addresses().map((address) => urlOf(address, isSecure()))
  }

  /** @param standIn processes that belong to the server for the time of a restart */
  record(workers: readonly WorkerHandle[], standIn: readonly ChildRecord[] = []): ServerRecord {
    return { ...this.#identity, urls: this.urls, children: [...workers.flatMap(childRecord), ...standIn] }
  }

  status(supervisor: SupervisorStatus, { lastReload, admin, isRestarting }: RecordedMore): Status {
    const state = isRestarting && supervisor.state === 'stopping' ? 'restarting' : supervisor.state
    return {
      ...this.#identity,
      urls: this.urls,
      uptimeMs: Math.round(this.#options.now() - this.#begun),
      ...supervisor,
      state,
      problems: [...supervisor.problems, ...(admin.problem === undefined ? [] : [admin.problem])],
      ...(admin.url !== undefined && { admin: admin.url }),
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

function urlOf(address: AddressInfo | string, isSecure: boolean): string {
  if (typeof address === 'string') return `unix:${address.replace(/^\0/, '@')}`
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${isSecure ? 'https' : 'http'}://${host}:${address.port}`
}
