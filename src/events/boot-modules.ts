/** The modules of `boot` in the config: loaded in every worker, in their order, before anything else of the user's. */
import { messageOf, TsrvError } from '../errors.ts'
import type { Server } from '../server.ts'
import { importModule, resolveEntry } from '../util/load-module.ts'

/**
 * @param entries paths or packages, `#name` for another export than the default
 * @throws TsrvError TSRV_MODULE_FAILED
 */
export async function loadBootModules(
  entries: readonly string[],
  root: string,
  server: Server,
): Promise<void> {
  for (const entry of entries) {
    const { url, exportName } = resolveEntry(entry, root, 'boot')
    const exported = (await importModule(url, 'boot'))[exportName]
    // What such a module does while it is imported may be all there is to it.
    if (exported === undefined && exportName === 'default') continue
    if (typeof exported !== 'function') throw failed(entry, `its export "${exportName}" is no function`)
    try {
      await exported(server)
    } catch (error) {
      throw failed(entry, `its function threw: ${messageOf(error)}`, { cause: error })
    }
  }
}

function failed(module: string, reason: string, options?: ErrorOptions): TsrvError {
  return new TsrvError('MODULE_FAILED', { module, role: 'boot', reason }, options)
}
