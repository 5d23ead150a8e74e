/**
 * TaskHandlerListener, shipped: hands a message to the handlers that `handles()` declared for exactly its class;
 * other data is left to others. It completes the task; the first handler that returns something decides its value.
 */
import type { Listener } from '../../../events/dispatcher.ts'
import type { TaskEvent } from '../../../events/task-events.ts'
import type { ServiceLookup } from '../../../server.ts'
import type { HandlerDefinition } from '../../writing/message-handlers.ts'
import { outcomeOf } from '../outcome.ts'
import { type TaskJournal, taskJournal } from './task-journal.ts'

export function taskHandlerListener(
  handlers: readonly HandlerDefinition[],
  services: ServiceLookup,
  journal: TaskJournal = taskJournal(),
): Listener<TaskEvent> {
  return async (event) => {
    const message = event.data
    if (typeof message !== 'object' || message === null) return
    const matching = handlers.filter((definition) => definition.type === message.constructor)
    if (matching.length === 0) return
    await journal(event, async () => {
      for (const { handle } of matching) {
        event.returnValue = await outcomeOf(handle(message, event, services), event)
        if (event.propagationStopped) return
      }
    })
  }
}
