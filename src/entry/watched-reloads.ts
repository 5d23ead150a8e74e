/** Watch mode of a server that runs: a reload for changed files, one at a time, of the parts that have loaded them. */
import { messageOf, TsrvError } from '../errors.ts'
import type { Launch } from '../supervisor/launch.ts'
import type { Part } from '../supervisor/watch/followed-files.ts'
import type { Watch } from '../supervisor/watch/watch.ts'
import { taskFiles } from '../tasks/task-modules.ts'
import type { Reloads, WatchedReload } from './reloads.ts'

/** What a developer wants to hear; `files` are absolute. */
export type WatchNews =
  | { readonly is: 'reloading'; readonly files: readonly string[] }
  | {
      readonly is: 'reloaded'
      readonly generation: number
      readonly replaced: readonly string[]
      readonly ms: number
    }
  /** No setting has changed that could be brought into use. */
  | { readonly is: 'unaffected' }
  | { readonly is: 'failed'; readonly reason: string }

export interface WatchedReloadsOptions {
  readonly watch: Pick<Watch, 'changes' | 'renewed'>
  readonly reloads: Pick<Reloads, 'watched' | 'launch'>
  readonly tell: (news: WatchNews) => void
}

/** Goes on until the signal aborts. Never rejects. */
export async function reloadOnChanges(options: WatchedReloadsOptions, signal: AbortSignal): Promise<void> {
  const { watch, reloads, tell } = options
  /** Parts whose files have changed since they were renewed for the last time. */
  const owed = new Set<Part>()
  let known = listTaskFiles(reloads.launch)
  for (;;) {
    const changes = await watch.changes(signal)
    if (changes === undefined) return
    const isRetry = owed.size > 0
    for (const part of changes.parts) owed.add(part)
    const found = listTaskFiles(reloads.launch)
    // A new file of `tasks.modules` is one for every part, and nothing has loaded it yet.
    if (found !== known) owed.add('http').add('tasks')
    tell({ is: 'reloading', files: changes.files })
    const news = await reload(options, orderFor(owed, isRetry))
    if (signal.aborted) return
    tell(news)
    if (news.is === 'failed') continue
    owed.clear()
    known = found
  }
}

interface Order extends WatchedReload {
  /** Undefined for the whole server. */
  readonly only: 'http' | 'tasks' | undefined
}

/** @param isRetry the last reload has failed: nobody knows what it has replaced */
function orderFor(owed: ReadonlySet<Part>, isRetry: boolean): Order {
  const [first, ...others] = owed
  const alone = others.length === 0 ? first : undefined
  const only = alone === 'http' || alone === 'tasks' ? alone : undefined
  if (!owed.has('config')) return { only, config: 'same' }
  return { only, config: alone === 'config' && !isRetry ? 'alone' : 'changed' }
}

async function reload(
  { watch, reloads }: WatchedReloadsOptions,
  { only, config }: Order,
): Promise<WatchNews> {
  const began = performance.now()
  try {
    const { generation, replaced } = await reloads.watched(only === undefined ? {} : { only }, { config })
    if (replaced.length === 0) return { is: 'unaffected' }
    watch.renewed(only === undefined ? ['http', 'tasks', 'services'] : [only], generation)
    return { is: 'reloaded', generation, replaced, ms: Math.round(performance.now() - began) }
  } catch (error) {
    const isRow = error instanceof TsrvError && error.code === 'TSRV_RELOAD_FAILED'
    return { is: 'failed', reason: isRow ? String(error.details['reason']) : messageOf(error) }
  }
}

/** Empty when they cannot be listed: the reload says why. */
function listTaskFiles({ config: { tasks, root } }: Launch): string {
  try {
    return taskFiles([...tasks.modules, ...tasks.handlers], root).join('\n')
  } catch {
    return ''
  }
}
