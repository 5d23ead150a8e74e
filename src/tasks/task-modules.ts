/**
 * Loads the files of `tasks.modules` and gives every class and function they export a tag, the same in all
 * processes, by which they travel: `static taskName`, else path and export name.
 */
import { globSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { TsrvError } from '../errors.ts'
import { importModule } from '../util/load-module.ts'
import type { Tags } from '../wire/tags.ts'
import { DeferredCall } from './deferred.ts'
import { type HandlerDefinition, isHandlerDefinition, ServiceBasedTask, Task } from './task-objects.ts'

export interface TaskModules {
  readonly tags: Tags
  /** Handlers in the order they were found, files sorted by path. */
  readonly handlers: readonly HandlerDefinition[]
}

/** Classes every process knows without `tasks.modules`. */
const OWN_CLASSES = [Task, ServiceBasedTask, DeferredCall] as const

/**
 * @param globs relative to `root`
 * @throws TsrvError TSRV_MODULE_FAILED or TSRV_TAG_DUPLICATE
 */
export async function loadTaskModules(globs: readonly string[], root: string): Promise<TaskModules> {
  const registry = new TagRegistry()
  for (const type of OWN_CLASSES) registry.add(type.taskName, type, 'tsrv')
  const handlers: HandlerDefinition[] = []
  for (const file of findFiles(globs, root)) {
    const module = await importModule(pathToFileURL(path.join(root, file)).href, 'tasks.modules')
    for (const [name, exported] of Object.entries(module)) {
      if (typeof exported === 'function')
        registry.add(tagFor(exported, file, name), exported, `${file}#${name}`)
      else if (isHandlerDefinition(exported) && !handlers.includes(exported)) handlers.push(exported)
    }
  }
  return { tags: registry, handlers }
}

function findFiles(globs: readonly string[], root: string): string[] {
  const files = globs.flatMap((glob) => globSync(glob, { cwd: root, exclude: ['**/node_modules/**'] }))
  return [...new Set(files)].filter((file) => !file.endsWith('.d.ts')).sort()
}

function tagFor(exported: object, file: string, name: string): string {
  // Its own only: a subclass must not travel under the name of its base class.
  const own = Object.hasOwn(exported, 'taskName') ? (exported as { taskName?: unknown }).taskName : undefined
  if (typeof own === 'string' && own !== '') return own
  // Without its extension, so that a task stored by TypeScript sources is understood by their build.
  const module = file.slice(0, file.length - path.extname(file).length).replaceAll(path.sep, '/')
  return `${module}#${name}`
}

class TagRegistry implements Tags {
  readonly #exports = new Map<string, { readonly value: object; readonly from: string }>()
  readonly #tags = new Map<object, string>()

  tagOf(exported: object): string | undefined {
    return this.#tags.get(exported)
  }

  exportOf(tag: string): unknown {
    return this.#exports.get(tag)?.value
  }

  add(tag: string, value: object, from: string): void {
    const first = this.#exports.get(tag)
    if (first !== undefined && first.value !== value) {
      throw new TsrvError('TAG_DUPLICATE', { tag, first: first.from, second: from })
    }
    if (first === undefined) this.#exports.set(tag, { value, from })
    // A re-export keeps its first tag for sending; both are understood.
    if (!this.#tags.has(value)) this.#tags.set(value, tag)
  }
}
