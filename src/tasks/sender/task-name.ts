/** What a task's data is, in a word, for lists and logs. */
import type { Tags } from '../../wire/tags.ts'
import { ServiceBasedTask, Task } from '../writing/task-objects.ts'

const LONGEST = 200

export function nameOfData(data: unknown, tags: Tags): string {
  return (tagOf(data, tags) ?? kindOf(data)).slice(0, LONGEST)
}

function tagOf(data: unknown, tags: Tags): string | undefined {
  if (typeof data === 'function') return tags.tagOf(data)
  if (typeof data !== 'object' || data === null) return undefined
  // Of these two the class says nothing: what they run does.
  if (data instanceof Task) return tags.tagOf(data.run)
  if (data instanceof ServiceBasedTask) return data.service
  const { constructor } = data
  return typeof constructor === 'function' ? tags.tagOf(constructor) : undefined
}

function kindOf(data: unknown): string {
  if (data === null) return 'null'
  return Array.isArray(data) ? 'array' : typeof data
}
