/** TaskInvokerListener, shipped: runs task objects (`Task`, `ServiceBasedTask`); other data is left to others. */
import type { Listener } from '../../events/dispatcher.ts'
import type { ServiceLookup } from '../../events/listeners.ts'
import type { TaskEvent } from '../../events/task-events.ts'
import { TsrvError } from '../../errors.ts'
import { ServiceBasedTask, Task } from '../task-objects.ts'

export function taskInvokerListener(services: ServiceLookup): Listener<TaskEvent> {
  return async (event) => {
    const { data } = event
    if (!(data instanceof Task) && !(data instanceof ServiceBasedTask)) return
    event.server.log.debug({ taskId: event.taskId, task: data }, 'Starting work on task')
    event.returnValue = await (data instanceof Task ? data.run(...data.payload) : callService(data, services))
    event.taskProcessingComplete()
  }
}

async function callService(
  { service, payload }: ServiceBasedTask,
  services: ServiceLookup,
): Promise<unknown> {
  if (!services.has(service)) throw new TsrvError('SERVICE_MISSING', { service })
  const found = await services.get(service)
  if (typeof found === 'function')
    return (found as (...parameters: readonly unknown[]) => unknown)(...payload)
  return (found as { handle(...parameters: readonly unknown[]): unknown }).handle(...payload)
}
