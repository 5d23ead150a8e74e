/** TaskHandlerListener, shipped: hands a message to the handlers that `handles()` declared for exactly its class. */
import type { Listener } from '../../events/dispatcher.ts'
import type { TaskEvent } from '../../events/task-events.ts'
import type { HandlerDefinition } from '../task-objects.ts'

export function taskHandlerListener(handlers: readonly HandlerDefinition[]): Listener<TaskEvent> {
  return async (event) => {
    const message = event.data
    if (typeof message !== 'object' || message === null) return
    const matching = handlers.filter((definition) => definition.type === message.constructor)
    for (const { handle } of matching) event.returnValue = await handle(message, event)
    if (matching.length > 0) event.taskProcessingComplete()
  }
}
