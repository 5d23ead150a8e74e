/** What the data of a task asks for by itself; the options of the call come before. */
import type { TaskOptions } from '../server.ts'
import { AbstractTask } from './abstract-task.ts'
import { defaultsOf } from './define-task.ts'
import { Task } from './task-objects.ts'

export function optionsOfData(data: unknown): Omit<TaskOptions, 'signal'> | undefined {
  if (data instanceof Task) return defaultsOf(data.run)
  if (!(data instanceof AbstractTask)) return undefined
  const { label, owner } = data
  return { ...(label !== undefined && { label }), ...(owner !== undefined && { owner }) }
}
