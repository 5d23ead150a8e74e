/** The listeners of TaskEvent that tsrv brings, in their order; they run after the user's, unless those replace them. */
import { inspect } from 'node:util'
import type { Config } from '../../../config/config.ts'
import { TsrvError } from '../../../errors.ts'
import { findEvent } from '../../../events/catalogue.ts'
import type { EventDispatcher, Listener } from '../../../events/dispatcher.ts'
import { TaskEvent } from '../../../events/task-events.ts'
import type { ServiceLookup } from '../../../server.ts'
import { isModuleEntry, loadExport } from '../../../util/load-module.ts'
import { deferredCallListener } from '../../writing/deferred.ts'
import type { HandlerDefinition } from '../../writing/message-handlers.ts'
import { type TaskEventDispatcher, taskEventDispatchListener } from './task-event-dispatch.ts'
import { taskHandlerListener } from './task-handler.ts'
import { taskInvokerListener } from './task-invoker.ts'
import { type TaskLogger, taskJournal } from './task-journal.ts'

export interface ShippedListenersOptions {
  readonly config: Pick<Config, 'root' | 'tasks' | 'listeners'>
  readonly handlers: readonly HandlerDefinition[]
  readonly services: ServiceLookup
  /** Of events, unless `tasks.dispatcher` names another. */
  readonly dispatcher: EventDispatcher
}

/** @throws TsrvError TSRV_SERVICE_MISSING, TSRV_MODULE_FAILED, TSRV_TASK_SERVICE_INVALID */
export async function shippedListeners({
  config,
  handlers,
  services,
  dispatcher,
}: ShippedListenersOptions): Promise<Listener<TaskEvent>[]> {
  if (areReplaced(config)) return []
  const { root, tasks } = config
  const find = <Found>(key: FoundBy, expected: string, ...methods: string[]): Promise<Found | undefined> =>
    findNamed(tasks[key], { key, root, services, expected, methods })
  const logger = await find<TaskLogger>('logger', 'a logger with info() and error()', 'info', 'error')
  const journal = taskJournal(logger)
  const listeners = [
    taskInvokerListener(services, journal),
    taskHandlerListener(handlers, services, journal),
    deferredCallListener(root, services),
  ]
  if (!tasks.dispatchEvents) return listeners
  const own = await find<TaskEventDispatcher>('dispatcher', 'a dispatcher with dispatch(event)', 'dispatch')
  return [...listeners, taskEventDispatchListener(own ?? dispatcher, journal)]
}

function areReplaced({ listeners }: Pick<Config, 'listeners'>): boolean {
  return Object.entries(listeners).some(([key, list]) => list.replace && findEvent(key)?.type === TaskEvent)
}

type FoundBy = 'logger' | 'dispatcher'

interface Wanted {
  readonly key: FoundBy
  readonly root: string
  readonly services: ServiceLookup
  readonly expected: string
  readonly methods: readonly string[]
}

/** What a setting names: the export of a module, or a service of the container. */
async function findNamed<Found>(
  entry: string | undefined,
  { key, root, services, expected, methods }: Wanted,
): Promise<Found | undefined> {
  if (entry === undefined) return undefined
  const found: unknown = isModuleEntry(entry)
    ? await loadExport(entry, root, `tasks.${key}`)
    : await services.get(entry)
  const has = (method: string): boolean =>
    typeof (found as Record<string, unknown> | null | undefined)?.[method] === 'function'
  if (methods.every(has)) return found as Found
  const received = inspect(found, { depth: 0, breakLength: Infinity })
  throw new TsrvError('TASK_SERVICE_INVALID', { key: `tasks.${key}`, entry, expected, received })
}
