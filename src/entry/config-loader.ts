/** The child that evaluates one config file, answers with plain data, and ends. Its outside is `config/evaluate.ts`. */
import './self-resolver.ts'
import { pathToFileURL } from 'node:url'
import type { ConfigLoaded, EvaluateReply } from '../config/evaluate.ts'
import { findNotData } from '../config/plain-data.ts'
import { describeThrown } from '../config/thrown.ts'
import { ignoreRequests } from './child-signals.ts'
import { reportLoads } from './loaded-files.ts'

const NO_DEFAULT = 'exports no default: expected "export default defineConfig({ … })"'

const [file = '', command = '', watched] = process.argv.slice(2)

ignoreRequests()
reportLoads({ watch: watched !== undefined, generation: 0 }, ({ files }) => {
  process.send?.({ kind: 'loaded', files } satisfies ConfigLoaded)
})
// Also what a config leaves running may throw, before or after its export is complete.
process.on('uncaughtException', (error) => reply({ kind: 'thrown', thrown: describeThrown(error, file) }))
process.once('disconnect', () => process.exit(0))
reply(await answer())

async function answer(): Promise<EvaluateReply> {
  try {
    const module: object = await import(pathToFileURL(file).href)
    if (!('default' in module)) return { kind: 'thrown', thrown: { message: NO_DEFAULT } }
    const data = await settle(module.default)
    const found = findNotData(data)
    return found.length === 0 ? { kind: 'data', data } : { kind: 'notData', found }
  } catch (error) {
    return { kind: 'thrown', thrown: describeThrown(error, file) }
  }
}

async function settle(value: unknown): Promise<unknown> {
  let exported = await value
  // CommonJS that a compiler made out of a module has its default one level deeper.
  if (isCompiledModule(exported)) exported = await exported.default
  return typeof exported === 'function' ? await exported({ command, env: { ...process.env } }) : exported
}

function isCompiledModule(exported: unknown): exported is { default: unknown } {
  return (
    typeof exported === 'object' && exported !== null && '__esModule' in exported && 'default' in exported
  )
}

// What the config left open (timers, sockets) must not keep this process: it ends when its answer is written.
function reply(message: EvaluateReply): void {
  process.send?.(message, undefined, undefined, () => process.exit(0))
}
