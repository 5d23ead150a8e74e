/** One value that somebody gave for a setting, with where it came from; what every source of settings produces. */
import { FIELD_GROUPS, FIELD_KEYS, type FieldKey, findField } from './fields.ts'
import { type Problem, showValue, unknownKey } from './problems.ts'

/** Where a value of the effective config came from. */
export interface Origin {
  readonly kind: 'flag' | 'override' | 'env' | 'file' | 'default'
  /** `--port`, `-o port`, `TSRV_PORT`, the file relative to the working directory, or `default`. */
  readonly name: string
  /** In a file, where it can be told. */
  readonly line?: number | undefined
}

export interface Given {
  readonly key: FieldKey
  readonly value: unknown
  /** The value is text that still has to be read by the kind of the setting. */
  readonly text: boolean
  /** The key as the user wrote it. */
  readonly written: string
  readonly origin: Origin
  /** Line of a part of the value, such as `listeners.TaskEvent[1]`. */
  readonly lineOf?: LineOf
}

/** Line of a key path; undefined when it cannot be told. */
export type LineOf = (path: string) => number | undefined

/** All that one source gave; the values of one source never contradict each other. */
export interface Layer {
  readonly given: readonly Given[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** Reads an object as a config file holds it: groups are objects, everything else is a value. */
export function givenByObject(data: unknown, where: string, lineOf: LineOf): Layer {
  const given: Given[] = []
  const problems: Problem[] = []
  const problem = (key: string, message: string, value?: unknown): void => {
    const shown = value === undefined ? undefined : showValue(value)
    problems.push({ where, line: lineOf(key), key, value: shown, message })
  }
  const visit = (object: object, group: string): void => {
    for (const [name, value] of Object.entries(object)) {
      const path = group === '' ? name : `${group}.${name}`
      const field = findField(path)
      if (value === undefined || (path === '$schema' && typeof value === 'string')) continue
      if (field !== undefined) {
        const origin: Origin = { kind: 'file', name: where, line: lineOf(path) }
        given.push({ key: field.key, value, text: false, written: path, origin, lineOf })
      } else if (group !== '' || !FIELD_GROUPS.has(name)) problem(path, unknownKey(path, FIELD_KEYS))
      else if (isRecord(value)) visit(value, name)
      else problem(path, 'expected an object of settings', value)
    }
  }
  if (isRecord(data)) visit(data, '')
  else problem('', `expected an object of settings, received ${describe(data)}`)
  return { given, problems, warnings: [] }
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'a list' : value === null ? 'null' : `${typeof value} ${showValue(value)}`
}
