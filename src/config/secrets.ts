/** Settings that are nobody's business: known to the server, shown to nobody. */
import type { Field } from './field.ts'
import { FIELDS, type FieldKey } from './fields.ts'

/** What stands in the place of a secret that is set. */
const HIDDEN = '(set)'

/** The value of a setting as it may be printed: hidden as a whole, or with parts of it hidden. */
export function withoutSecret(key: FieldKey, value: unknown): unknown {
  const { secret }: Pick<Field, 'secret'> = FIELDS[key]
  if (value === undefined || secret === undefined) return value
  if (secret === true) return HIDDEN
  const parts = Object.entries(value as object).map(([name, part]: [string, unknown]) =>
    secret.includes(name) && part !== undefined ? [name, HIDDEN] : [name, part],
  )
  return Object.fromEntries(parts)
}

/** The configuration as it may be printed. */
export function withoutSecrets(config: object, group = ''): object {
  const entries = Object.entries(config).map(([name, value]: [string, unknown]) => {
    const key = `${group}${name}`
    if (Object.hasOwn(FIELDS, key)) return [name, withoutSecret(key as FieldKey, value)]
    const isGroup = group === '' && typeof value === 'object' && value !== null && !Array.isArray(value)
    return [name, isGroup ? withoutSecrets(value, `${name}.`) : value]
  })
  return Object.fromEntries(entries) as object
}
