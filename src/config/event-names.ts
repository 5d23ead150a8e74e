/** Checks the event names under `listeners`; which events there are is told by the caller, not known here. */
import { isModuleEntry } from '../util/load-module.ts'
import type { Given } from './given.ts'
import { type Problem, unknownKey } from './problems.ts'

export interface EventNames {
  readonly names: readonly string[]
  /** Also true for other spellings and aliases of the names. */
  isKnown(name: string): boolean
}

/** Keys that are neither an event of the server nor the module of a class. */
export function unknownEvents(given: readonly Given[], events: EventNames): Problem[] {
  return given.flatMap(({ key, value, origin, lineOf }) => {
    if (key !== 'listeners' || typeof value !== 'object' || value === null || Array.isArray(value)) return []
    const unknown = Object.keys(value).filter((name) => !isModuleEntry(name) && !events.isKnown(name))
    return unknown.map((name) => {
      const path = `listeners.${name}`
      const message = unknownKey(name, events.names, 'unknown event')
      const expected = `${message}; an event class of your own is named as ./path.ts#Export`
      return { where: origin.name, line: lineOf?.(path) ?? origin.line, key: path, message: expected }
    })
  })
}
