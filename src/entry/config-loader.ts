/** The child that evaluates one config file, answers with plain data, and ends. Its outside is `config/evaluate.ts`. */
import './self-resolver.ts'
import { enableCompileCache } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { EvaluateReply, EvaluateRequest } from '../config/evaluate.ts'
import { findNotData } from '../config/plain-data.ts'
import { describeThrown } from '../config/thrown.ts'

process.once('message', (request) => void answer(request as EvaluateRequest).then(reply))
// Also what a config leaves running may throw, before or after its export is complete.
process.on('uncaughtException', (error) => reply({ kind: 'thrown', thrown: describeThrown(error) }))
process.once('disconnect', () => process.exit(0))

async function answer({ file, command, cacheDir }: EvaluateRequest): Promise<EvaluateReply> {
  if (cacheDir !== undefined) enableCompileCache(cacheDir)
  try {
    const module: object = await import(pathToFileURL(file).href)
    if (!('default' in module)) return { kind: 'thrown', thrown: { message: NO_DEFAULT } }
    const data = await settle(module.default, command)
    const found = findNotData(data)
    return found.length === 0 ? { kind: 'data', data } : { kind: 'notData', found }
  } catch (error) {
    return { kind: 'thrown', thrown: describeThrown(error) }
  }
}

const NO_DEFAULT = 'exports no default: expected "export default defineConfig({ … })"'

async function settle(value: unknown, command: string): Promise<unknown> {
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
