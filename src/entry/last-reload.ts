/** Remembers how the latest reload went, for whoever asks for the status later. */
import type { LastReload, ReloadReport, ReloadRequest } from '../control/protocol.ts'
import { TsrvError } from '../errors.ts'

export class ReloadMemory {
  #last: LastReload | undefined

  /** Undefined before the first one. */
  get last(): LastReload | undefined {
    return this.#last
  }

  /** Runs a reload, which rejects with TSRV_RELOAD_FAILED when the old code had to stay. */
  async remember(
    by: string,
    { only }: ReloadRequest,
    run: () => Promise<ReloadReport>,
  ): Promise<ReloadReport> {
    const startedAt = performance.now()
    const begun = { at: new Date().toISOString(), by, ...(only !== undefined && { only }) }
    const duration = (): number => Math.round(performance.now() - startedAt)
    this.#last = { ...begun, result: 'running' }
    try {
      const report = await run()
      this.#last = { ...begun, result: 'done', durationMs: duration(), generation: report.generation }
      return report
    } catch (error) {
      const reason = error instanceof TsrvError ? String(error.details['reason']) : String(error)
      this.#last = { ...begun, result: 'failed', durationMs: duration(), reason }
      throw error
    }
  }
}
