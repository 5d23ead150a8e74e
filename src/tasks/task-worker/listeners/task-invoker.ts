/**
 * TaskInvokerListener, shipped: runs task objects (`Task`, `ServiceBasedTask`, subclasses of `AbstractTask`); other
 * data is left to others. It completes the task, whose return value is that of what was run.
 */
import { TsrvError } from '../../../errors.ts'
import { undecorated } from '../../../events/deferred-mark.ts'
import type { Listener } from '../../../events/dispatcher.ts'
import type { ServiceLookup } from '../../../events/listeners.ts'
import type { TaskEvent } from '../../../events/task-events.ts'
import { AbstractTask } from '../../writing/abstract-task.ts'
import { defaultsOf } from '../../writing/define-task.ts'
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
  // A plain function knows nothing of tasks and gets its payload alone.
  return defaultsOf(data.run) === undefined
    ? data.run(...data.payload)
    : data.run(data.payload[0], event, services)
}

async function callService(
  { service, payload }: ServiceBasedTask,
  services: ServiceLookup,
): Promise<unknown> {
  if (!services.has(service)) throw new TsrvError('SERVICE_MISSING', { service })
  // A deferred listener is what queued this task: calling it would queue another one.
  const found = undecorated(await services.get(service))
  if (typeof found === 'function')
    return (found as (...parameters: readonly unknown[]) => unknown)(...payload)
  return (found as { handle(...parameters: readonly unknown[]): unknown }).handle(...payload)
}
