/** The JSON schema of a config file, for editors: `config/schema.json` and `tsrv config --schema`. */
import { FIELD_GROUPS, FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'
import type { JsonSchema } from './kinds.ts'
import { EVENT_LISTENERS } from './listener-lists.ts'

/** A property as an editor shows it. */
interface DocumentedSchema extends JsonSchema {
  readonly description?: string
  readonly default?: unknown
}

/** @param events - names to offer under `listeners`; others (classes of the user) are allowed as well */
export function configSchema(events: readonly string[]): object {
  const top = FIELD_KEYS.filter((key) => !key.includes('.'))
  const groups = [...FIELD_GROUPS].map((group) => [group, groupSchema(group)])
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of tsrv',
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'Where an editor finds this schema.' },
      ...Object.fromEntries(top.map((key) => [key, property(key, events)])),
      ...Object.fromEntries(groups),
    },
    additionalProperties: false,
    definitions: { [LISTENERS]: EVENT_LISTENERS },
  }
}

const LISTENERS = 'listenersOfOneEvent'

function groupSchema(group: string): JsonSchema {
  const keys = FIELD_KEYS.filter((key) => key.startsWith(`${group}.`))
  const properties = keys.map((key) => [key.slice(group.length + 1), property(key, [])])
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false }
}

function property(key: FieldKey, events: readonly string[]): DocumentedSchema {
  const { doc, is, default: fallback } = FIELDS[key]
  return {
    description: `${doc} Expects ${is.expected}.`,
    ...is.json,
    ...(key === 'listeners' && listenersOf(events)),
    ...(fallback !== undefined && { default: fallback }),
  }
}

/** Named once, as each event repeats it. */
function listenersOf(events: readonly string[]): JsonSchema {
  const one = { $ref: `#/definitions/${LISTENERS}` }
  return { properties: Object.fromEntries(events.map((event) => [event, one])), additionalProperties: one }
}
