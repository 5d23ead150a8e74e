/**
 * Loads the files of `tasks.modules` and gives every class and function they export a tag, the same in all
 * processes, by which they travel: `static taskName`, else path and export name.
 */
import { globSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { TsrvError } from '../errors.ts'
import { importModule } from '../util/load-module.ts'
import { Report } from '../wire/report.ts'
import type { Tags } from '../wire/tags.ts'
import { DeferredCall } from './writing/deferred.ts'
import { workOf } from './writing/define-task.ts'
import { type HandlerDefinition, isHandlerDefinition } from './writing/message-handlers.ts'
import { ServiceBasedTask, Task } from './writing/task-objects.ts'

export interface TaskModules {
  readonly tags: Tags
  /** In the order they were found: as the globs stand in the config, files sorted by path. */
  readonly handlers: readonly HandlerDefinition[]
}

/** Classes every process knows without `tasks.modules`. */
const OWN_CLASSES = [Task, ServiceBasedTask, DeferredCall, Report] as const

/**
 * @param globs those of `tasks.modules`, relative to `root`
 * @param heavy those of `tasks.handlers`, in a process that runs tasks
 * @throws TsrvError TSRV_MODULE_FAILED, TSRV_TAG_DUPLICATE or TSRV_HANDLER_UNREACHABLE
 */
export async function loadTaskModules(
  globs: readonly string[],
  root: string,
  heavy: readonly string[] = [],
): Promise<TaskModules> {
  const tags = new TagRegistry()
  for (const type of OWN_CLASSES) tags.add(type.taskName, type, 'tsrv')
  const handlers = new Map<HandlerDefinition, FoundHandler>()
  for await (const found of exportsOf(globs, root, 'tasks.modules')) {
    const { exported, file, name } = found
    const work = workOf(exported) ?? exported
    if (typeof work === 'function') tags.add(tagFor(work, file, name), work, `${file}#${name}`)
    else noteHandler(found, handlers)
  }
  // Last, so that a class goes by the name it is exported under, if it is.
  for (const [{ type }, { file }] of handlers) tags.addUnknown(tagFor(type, file, type.name), type)
  for await (const found of exportsOf(heavy, root, 'tasks.handlers')) noteHandler(found, handlers)
  for (const [{ type }, { file, name: handler }] of handlers) {
    if (tags.tagOf(type) === undefined)
      throw new TsrvError('HANDLER_UNREACHABLE', { handler, file, type: type.name })
  }
  return { tags, handlers: [...handlers.keys()] }
}

interface FoundHandler {
  readonly file: string
  readonly name: string
}

interface FoundExport extends FoundHandler {
  readonly exported: unknown
}

async function* exportsOf(
  globs: readonly string[],
  root: string,
  setting: string,
): AsyncGenerator<FoundExport> {
  checkPaths(globs, root, setting)
  for (const file of taskFiles(globs, root)) {
    const module = await importModule(pathToFileURL(path.join(root, file)).href, setting)
    for (const [name, exported] of Object.entries(module)) yield { exported, file, name }
  }
}

/** A pattern may match nothing yet; a path without one is a mistake. */
function checkPaths(globs: readonly string[], root: string, setting: string): void {
  for (const glob of globs) {
    if (PATTERN.test(glob) || globSync(glob, { cwd: root }).length > 0) continue
    const reason = `there is no file ${path.resolve(root, glob)}`
    throw new TsrvError('MODULE_FAILED', { module: glob, role: setting, reason })
  }
}

/** Relative to `root`, in the order of the globs, and of the paths for each. */
export function taskFiles(globs: readonly string[], root: string): string[] {
  const exclude = ['**/node_modules/**']
  const files = globs.flatMap((glob) => globSync(glob, { cwd: root, exclude }).sort())
  return [...new Set(files.filter((file) => !file.endsWith('.d.ts')))]
}

const PATTERN = /[*?[\]{}()!]/

/** The same handler may be exported twice; the first time counts. */
function noteHandler(
  { exported, file, name }: FoundExport,
  handlers: Map<HandlerDefinition, FoundHandler>,
): void {
  if (isHandlerDefinition(exported) && !handlers.has(exported)) handlers.set(exported, { file, name })
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

  /** A class that is known by its handler alone; it gives way to whatever is exported under that name. */
  addUnknown(tag: string, type: object): void {
    if (!this.#tags.has(type) && !this.#exports.has(tag)) this.add(tag, type, '')
  }
}
