/** What a task's function makes: a value, a promise of one, or a generator that reports progress until its value. */
import { types } from 'node:util'
import type { TaskEvent } from '../../events/task-events.ts'
import type { Progress } from '../../wire/messages.ts'

/** @returns the value at the end; each `yield` of a generator becomes `event.progress()` */
export async function outcomeOf(made: unknown, event: TaskEvent): Promise<unknown> {
  const value = await made
  if (!types.isGeneratorObject(value)) return value
  // Both kinds: the steps of an async one are promises.
  const generator = value as unknown as Generator | AsyncGenerator
  for (;;) {
    const step = await generator.next()
    if (step.done === true) return step.value
    try {
      event.progress(step.value as Progress)
      event.signal.throwIfAborted()
    } catch (error) {
      // Its `finally` blocks run before the task ends.
      await generator.return(undefined)
      throw error
    }
  }
}
