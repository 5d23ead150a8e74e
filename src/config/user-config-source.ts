/**
 * Writes `user-config.ts`, and a file for each group of settings, from the table: hover text needs doc comments on real
 * properties, which no mapped type can make. `npm run generate` stores them; a test fails while a stored one is stale.
 */
import { envName, FIELD_GROUPS, FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'

const GENERATED = 'GENERATED from `fields.ts` by `npm run generate`; do not edit.'

export interface ConfigSource {
  /** Relative to this folder. */
  readonly path: string
  readonly text: string
}

export function userConfigSources(): readonly ConfigSource[] {
  const groups = [...FIELD_GROUPS].map((group) => ({ path: pathOfGroup(group), text: groupSource(group) }))
  return [{ path: 'user-config.ts', text: userConfigSource() }, ...groups]
}

function userConfigSource(): string {
  const groups = [...FIELD_GROUPS]
  const top = FIELD_KEYS.filter((key) => !key.includes('.'))
  return [
    `/** What a config file may contain. ${GENERATED} */`,
    "import type { FieldInputs } from './fields.ts'",
    ...groups
      .toSorted()
      .map((group) => `import type { ${typeOfGroup(group)} } from './${pathOfGroup(group)}'`),
    '',
    'export interface UserConfig {',
    ...top.map((key) => property(key, key)),
    ...groups.map((group) => `  readonly ${group}?: ${typeOfGroup(group)}`),
    '}',
    '',
  ].join('\n')
}

function groupSource(group: string): string {
  const keys = FIELD_KEYS.filter((key) => key.startsWith(`${group}.`))
  return [
    `/** The settings of \`${group}\` in a config file. ${GENERATED} */`,
    "import type { FieldInputs } from '../fields.ts'",
    '',
    `export interface ${typeOfGroup(group)} {`,
    ...keys.map((key) => property(key, key.slice(group.length + 1))),
    '}',
    '',
  ].join('\n')
}

function pathOfGroup(group: string): string {
  return `user-config/${group}.ts`
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
