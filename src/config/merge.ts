/** The effective config out of checked values: whoever comes first wins, defaults come last, all of it is frozen. */
import type { Config } from './config.ts'
import { FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'
import type { Origin } from './given.ts'
import type { Checked } from './validate.ts'

const BY_DEFAULT: Origin = { kind: 'default', name: 'default' }

/** @param checked - strongest first */
export function merge(
  checked: readonly Checked[],
  place: { readonly root: string; readonly file: string | undefined },
): { config: Config; origins: ReadonlyMap<FieldKey, Origin> } {
  const config: Record<string, unknown> = {}
  const origins = new Map<FieldKey, Origin>()
  for (const key of FIELD_KEYS) {
    const given = checked.filter((one) => one.key === key)
    const strongest = given[0]
    origins.set(key, strongest?.origin ?? BY_DEFAULT)
    put(config, key, strongest === undefined ? FIELDS[key].default : combined(given))
  }
  Object.assign(config, place)
  return { config: freeze(structuredClone(config)) as Config, origins }
}

// Listeners are the one setting that is given in parts: `-o listeners.TaskEvent=…` leaves the other events alone.
function combined(given: readonly Checked[]): unknown {
  if (given[0]?.key !== 'listeners') return given[0]?.value
  const entries = given.toReversed().flatMap(({ value }) => Object.entries(value ?? {}))
  // fromEntries defines properties, where an assignment could reach a setter of the prototype.
  return Object.fromEntries(entries)
}

function put(config: Record<string, unknown>, key: FieldKey, value: unknown): void {
  const [first = key, second] = key.split('.')
  if (second === undefined) config[first] = value
  else config[first] = { ...(config[first] as object | undefined), [second]: value }
}

function freeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) freeze(part)
    Object.freeze(value)
  }
  return value
}
