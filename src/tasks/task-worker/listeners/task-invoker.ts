/**
 * TaskInvokerListener, shipped: runs task objects (`Task`, `ServiceBasedTask`, subclasses of `AbstractTask`); other
 * data is left to others. It completes the task, whose return value is that of what was run.
 */
import { inspect } from 'node:util'
import { TsrvError } from '../../../errors.ts'
import { undecorated } from '../../../events/deferred-mark.ts'
import type { Listener } from '../../../events/dispatcher.ts'
import type { TaskEvent } from '../../../events/task-events.ts'
import type { ServiceLookup } from '../../../server.ts'
import { isClass } from '../../../util/is-class.ts'
import { AbstractTask } from '../../writing/abstract-task.ts'
import { definedBy } from '../../writing/define-task.ts'
import { outcomeOf } from '../outcome.ts'
import { ServiceBasedTask, Task } from '../../writing/task-objects.ts'
import { type TaskJournal, taskJournal } from './task-journal.ts'

export function taskInvokerListener(
  services: ServiceLookup,
  journal: TaskJournal = taskJournal(),
): Listener<TaskEvent> {
  return async (event) => {
    const { data } = event
    if (!isTaskObject(data)) return
    event.returnValue = await journal(event, async () =>
      outcomeOf(await invoke(data, event, services), event),
    )
  }
}

type TaskObject = Task | ServiceBasedTask | AbstractTask

function isTaskObject(data: unknown): data is TaskObject {
  return data instanceof Task || data instanceof ServiceBasedTask || data instanceof AbstractTask
}

function invoke(data: TaskObject, event: TaskEvent, services: ServiceLookup): unknown {
  if (data instanceof ServiceBasedTask) return callService(data, services)
  if (data instanceof AbstractTask) return data.run(event, services)
  const { run, payload, isUnchecked } = data
  // Only somebody who knows it by name alone can ask for a class: the command line, a schedule.
  if (isClass(run)) return taskOf(run, payload).run(event, services)
  const defined = definedBy(run)
  // A plain function knows nothing of tasks and gets its payload alone.
  if (defined === undefined) return run(...payload)
  const input = isUnchecked === true ? defined.check(payload[0]) : payload[0]
  return run(input, event, services)
}

function taskOf(type: Function, payload: readonly unknown[]): AbstractTask {
  const isTask: boolean = type.prototype instanceof AbstractTask
  if (isTask) return Reflect.construct(type, payload) as AbstractTask
  const received = `the class ${type.name}, which does not extend AbstractTask`
  throw new TsrvError('TASK_FUNCTION_INVALID', { received })
}

async function callService(
  { service, payload }: ServiceBasedTask,
  services: ServiceLookup,
): Promise<unknown> {
  // A deferred listener is what queued this task: calling it would queue another one.
  const found = undecorated(await services.get(service))
  if (typeof found === 'function' && !isClass(found))
    return (found as (...parameters: readonly unknown[]) => unknown)(...payload)
  if (hasHandle(found)) return found.handle(...payload)
  throw new TsrvError('TASK_SERVICE_INVALID', {
    key: 'ServiceBasedTask',
    entry: service,
    expected: 'a function, or an object with handle()',
    received: inspect(found, { depth: 0, breakLength: Infinity }),
  })
}

function hasHandle(value: unknown): value is { handle(...parameters: readonly unknown[]): unknown } {
  return typeof (value as { handle?: unknown } | null | undefined)?.handle === 'function'
}
