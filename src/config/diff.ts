/** What a changed setting needs, from its row in the table. */
import type { Config } from './config.ts'
import { FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'

/** Settings that differ and are read only when the server starts. */
export function changedForRestart(before: Config, after: Config): FieldKey[] {
  return FIELD_KEYS.filter(
    (key) => FIELDS[key].reload === 'restart' && shown(before, key) !== shown(after, key),
  )
}

function shown(config: Config, key: FieldKey): string {
  const value = key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], config)
  return JSON.stringify(value) ?? ''
}
