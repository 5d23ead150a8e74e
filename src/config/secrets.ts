/** Settings that are nobody's business: known to the server, shown to nobody. */
import { FIELDS, type FieldKey } from './fields.ts'

/** What stands in the place of a secret that is set. */
export const HIDDEN = '(set)'

export function isSecret(key: FieldKey): boolean {
  return 'secret' in FIELDS[key]
}

/** The configuration as it may be printed. */
export function withoutSecrets(config: object, group = ''): object {
  const entries = Object.entries(config).map(([name, value]: [string, unknown]) => {
    const key = `${group}${name}`
    if (value !== undefined && Object.hasOwn(FIELDS, key) && isSecret(key as FieldKey)) return [name, HIDDEN]
    const isGroup = group === '' && typeof value === 'object' && value !== null && !Array.isArray(value)
    return [name, isGroup ? withoutSecrets(value, `${name}.`) : value]
  })
  return Object.fromEntries(entries) as object
}
