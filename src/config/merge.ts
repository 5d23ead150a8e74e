/** The effective config out of checked values: whoever comes first wins, defaults come last, all of it is frozen. */
import type { Config } from './config.ts'
import { FIELD_GROUPS, FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'
import type { Origin } from './given.ts'
import type { Checked } from './validate.ts'

/** Nobody gave a value. */
export const BY_DEFAULT: Origin = { kind: 'default', name: 'default' }

/** @param checked - strongest first */
export function merge(
  checked: readonly Checked[],
  place: { readonly root: string; readonly file: string | undefined },
): { config: Config; origins: ReadonlyMap<string, Origin> } {
  const values = new Map<FieldKey, unknown>()
  const origins = new Map<string, Origin>(eventOrigins(checked))
  for (const key of FIELD_KEYS) {
    const given = checked.filter((one) => one.key === key)
    const strongest = given[0]
    origins.set(key, strongest?.origin ?? BY_DEFAULT)
    values.set(key, strongest === undefined ? FIELDS[key].default : combined(given))
  }
  // A clone, because freezing must not reach the defaults of the table.
  const config = freeze(structuredClone({ ...nested(values), ...place }))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- built from the table that Config is read from
  return { config: config as Config, origins }
}

// Listeners are the one setting that is given in parts: `-o listeners.TaskEvent=…` leaves the other events alone.
function combined(given: readonly Checked[]): unknown {
  if (given[0]?.key !== 'listeners') return given[0]?.value
  const entries = given.toReversed().flatMap(({ value }) => Object.entries(value ?? {}))
  // fromEntries defines properties, where an assignment could reach a setter of the prototype.
  return Object.fromEntries(entries)
}

/** `listeners.TaskEvent` and so on: the strongest source of each, which comes last here. */
function eventOrigins(checked: readonly Checked[]): [string, Origin][] {
  return checked
    .filter(({ key }) => key === 'listeners')
    .toReversed()
    .flatMap(({ value, origin, lineOf }) =>
      Object.keys(value ?? {}).map((event): [string, Origin] => {
        const path = `listeners.${event}`
        return [path, { ...origin, line: lineOf?.(path) ?? origin.line }]
      }),
    )
}

/** `tasks.broker` becomes `{ tasks: { broker } }`. */
function nested(values: ReadonlyMap<FieldKey, unknown>): object {
  const inGroup = (group: string): object => {
    const members = [...values].filter(([key]) => key.startsWith(`${group}.`))
    return Object.fromEntries(members.map(([key, value]) => [key.slice(group.length + 1), value]))
  }
  return {
    ...Object.fromEntries([...values].filter(([key]) => !key.includes('.'))),
    ...Object.fromEntries([...FIELD_GROUPS].map((group) => [group, inGroup(group)])),
  }
}

function freeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) freeze(part)
    Object.freeze(value)
  }
  return value
}
