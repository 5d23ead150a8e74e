/**
 * Writes `user-config.ts` and `user-config-groups.ts` from the table: hover text needs doc comments on real
 * properties, which no mapped type can make. `npm run generate` stores them; a test fails while a stored one is stale.
 */
import { envName, FIELD_GROUPS, FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'

const GENERATED = 'GENERATED from `fields.ts` by `npm run generate`; do not edit. */'

/** The whole text of `user-config.ts`. */
export function userConfigSource(): string {
  const groups = [...FIELD_GROUPS]
  const top = FIELD_KEYS.filter((key) => !key.includes('.'))
  return [
    `/** What a config file may contain. ${GENERATED}`,
    "import type { FieldInputs } from './fields.ts'",
    `import type { ${groups.map(typeOfGroup).sort().join(', ')} } from './user-config-groups.ts'`,
    '',
    'export interface UserConfig {',
    ...top.map((key) => property(key, key)),
    ...groups.map((group) => `  readonly ${group}?: ${typeOfGroup(group)}`),
    '}',
    '',
  ].join('\n')
}

/** The whole text of `user-config-groups.ts`. */
export function userConfigGroupsSource(): string {
  return [
    `/** The groups of settings in \`UserConfig\`. ${GENERATED}`,
    "import type { FieldInputs } from './fields.ts'",
    '',
    ...[...FIELD_GROUPS].map(groupInterface),
  ].join('\n')
}

function groupInterface(group: string): string {
  const keys = FIELD_KEYS.filter((key) => key.startsWith(`${group}.`))
  const members = keys.map((key) => property(key, key.slice(group.length + 1)))
  return [`export interface ${typeOfGroup(group)} {`, ...members, '}', ''].join('\n')
}

/** `tasks` is `TasksConfig`. */
function typeOfGroup(group: string): string {
  return `${group.charAt(0).toUpperCase()}${group.slice(1)}Config`
}

function property(key: FieldKey, name: string): string {
  const row = FIELDS[key]
  const env = envName(key)
  const ways = ['flag' in row ? `\`${row.flag}\`` : '', env === undefined ? '' : `\`${env}\``].filter(Boolean)
  const fallback = row.default === undefined ? [] : [`@default ${shown(row.default)}`]
  const also = ways.length === 0 ? [] : [`Also: ${ways.join(', ')}.`]
  const lines = [row.doc, `Expects ${row.is.expected}.`, ...also, ...fallback]
  return [
    '  /**',
    ...lines.map((line) => `   * ${line}`),
    '   */',
    `  readonly ${name}?: FieldInputs['${key}'] | undefined`,
  ].join('\n')
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}
