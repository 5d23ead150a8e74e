/**
 * TaskEventDispatchListener, shipped, for `tasks.dispatchEvents`: data that is an object is dispatched as an event,
 * which is then the task's return value. Other data is left to others, and so are, as long as the dispatcher can
 * say, events that nobody listens to: a task must not vanish unhandled.
 */
import type { EventClass, Listener } from '../../../events/dispatcher.ts'
import type { TaskEvent } from '../../../events/task-events.ts'
import { type TaskJournal, taskJournal } from './task-journal.ts'

/** As much of a dispatcher as is needed; PSR-14 users know it. */
export interface TaskEventDispatcher {
  dispatch(event: object): unknown
  hasListeners?(type: EventClass): boolean
}

export function taskEventDispatchListener(
  dispatcher: TaskEventDispatcher,
  journal: TaskJournal = taskJournal(),
): Listener<TaskEvent> {
  return async (event) => {
    const { data } = event
    if (typeof data !== 'object' || data === null) return
    const type: unknown = data.constructor
    if (typeof type !== 'function' || dispatcher.hasListeners?.(type as unknown as EventClass) === false)
      return
    event.returnValue = await journal(event, async () => dispatcher.dispatch(data))
  }
}
