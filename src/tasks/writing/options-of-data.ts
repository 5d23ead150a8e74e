/** What the data of a task asks for by itself; the options of the call come before. */
import type { TaskEvent } from '../../events/task-events.ts'
import type { TaskOptions } from '../../server.ts'
import { AbstractTask } from './abstract-task.ts'
import { definedBy } from './define-task.ts'
import { Task } from './task-objects.ts'

export function optionsOfData(data: unknown): Omit<TaskOptions, 'signal'> | undefined {
  if (data instanceof Task) return definedBy(data.run)?.options
  if (!(data instanceof AbstractTask)) return undefined
  const { label, owner } = data
  const { options } = data.constructor as typeof AbstractTask
  return { ...options, ...(label !== undefined && { label }), ...(owner !== undefined && { owner }) }
}

/** Those of a part of another task, whose owner it has unless it or the call says otherwise. */
export function optionsOfChild(
  data: unknown,
  options: TaskOptions,
  parent: Pick<TaskEvent, 'taskId' | 'owner'>,
): TaskOptions {
  const owner = options.owner ?? optionsOfData(data)?.owner ?? parent.owner
  return { ...options, parent: parent.taskId, ...(owner !== undefined && { owner }) }
}
