/**
 * Writes `user-config.ts` from the table: hover text needs doc comments on real properties, which no mapped type can
 * make. `npm run generate` stores the result; a test fails while the stored one is stale.
 */
import { envName, FIELD_GROUPS, FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'

/** The whole text of `user-config.ts`. */
export function userConfigSource(): string {
  const top = FIELD_KEYS.filter((key) => !key.includes('.')).map((key) => property(key, key, '  '))
  return [
    '/** What a config file may contain. GENERATED from `fields.ts` by `npm run generate`; do not edit. */',
    "import type { FieldInputs } from './fields.ts'",
    '',
    'export interface UserConfig {',
    ...top,
    ...[...FIELD_GROUPS].map((group) => groupProperty(group)),
    '}',
    '',
  ].join('\n')
}

function groupProperty(group: string): string {
  const keys = FIELD_KEYS.filter((key) => key.startsWith(`${group}.`))
  const members = keys.map((key) => property(key, key.slice(group.length + 1), '    '))
  return [`  readonly ${group}?: {`, ...members, '  }'].join('\n')
}

function property(key: FieldKey, name: string, indent: string): string {
  const row = FIELDS[key]
  const env = envName(key)
  const ways = ['flag' in row ? `\`${row.flag}\`` : '', env === undefined ? '' : `\`${env}\``].filter(Boolean)
  const fallback = row.default === undefined ? [] : [`@default ${shown(row.default)}`]
  const also = ways.length === 0 ? [] : [`Also: ${ways.join(', ')}.`]
  const lines = [row.doc, `Expects ${row.is.expected}.`, ...also, ...fallback]
  return [
    `${indent}/**`,
    ...lines.map((line) => `${indent} * ${line}`),
    `${indent} */`,
    `${indent}readonly ${name}?: FieldInputs['${key}'] | undefined`,
  ].join('\n')
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}
