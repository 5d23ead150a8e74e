/** What a changed setting needs, from its row in the table. */
import type { Config } from './config.ts'
import { FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'

/** Settings that differ and are read only when the server starts. */
export function changedForRestart(before: Config, after: Config): FieldKey[] {
  return changed(before, after).filter((key) => FIELDS[key].reload === 'restart')
}

/** Whether anything differs that a reload brings into use. */
export function needsReload(before: Config, after: Config): boolean {
  return before.root !== after.root || changed(before, after).some((key) => FIELDS[key].reload !== 'restart')
}

function changed(before: Config, after: Config): FieldKey[] {
  return FIELD_KEYS.filter((key) => shown(before, key) !== shown(after, key))
}

function shown(config: Config, key: FieldKey): string {
  const value = key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], config)
  return JSON.stringify(value) ?? ''
}
