/** The JSON schema agrees with what the server itself accepts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import * as v from 'valibot'
import { FIELD_KEYS, FIELDS, type FieldKey } from '../../../src/config/fields.ts'
import { configSchema } from '../../../src/config/json-schema.ts'
import type { JsonSchema } from '../../../src/config/kinds.ts'

const SCHEMA = configSchema(['TaskEvent']) as Required<JsonSchema> & {
  readonly definitions: Readonly<Record<string, JsonSchema>>
}

/** As much of a validator as the schema needs; it throws at a word that it does not know. */
function accepts(schema: JsonSchema, value: unknown): boolean {
  return Object.entries(schema).every(([word, rule]) =>
    (RULES[word] ?? unknown(word))(rule as never, value, schema),
  )
}

function unknown(word: string): never {
  throw new Error(`the schema uses "${word}"`)
}

const RULES: Readonly<Record<string, (rule: never, value: unknown, schema: JsonSchema) => boolean>> = {
  description: (rule) => typeof rule === 'string' && rule !== '',
  default: () => true,
  type: (type: string, value) => {
    if (type === 'array') return Array.isArray(value)
    if (type === 'object') return isObject(value)
    // oxlint-disable-next-line valid-typeof -- the remaining names are those of typeof
    return type === 'integer' ? Number.isInteger(value) : typeof value === type
  },
  const: (wanted: unknown, value) => value === wanted,
  enum: (names: readonly unknown[], value) => names.includes(value),
  minimum: (least: number, value) => typeof value !== 'number' || value >= least,
  maximum: (most: number, value) => typeof value !== 'number' || value <= most,
  minLength: (least: number, value) => typeof value !== 'string' || value.length >= least,
  pattern: (pattern: string, value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  items: (items: JsonSchema, value) => !Array.isArray(value) || value.every((item) => accepts(items, item)),
  uniqueItems: (_: true, value) =>
    !Array.isArray(value) || new Set(value.map((item) => JSON.stringify(item))).size === value.length,
  required: (names: readonly string[], value) =>
    !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
  anyOf: (schemas: readonly JsonSchema[], value) => schemas.some((schema) => accepts(schema, value)),
  $ref: (name: string, value) =>
    accepts(SCHEMA.definitions[name.split('/').at(-1) ?? ''] ?? unknown(name), value),
  propertyNames: (names: JsonSchema, value) =>
    !isObject(value) || Object.keys(value).every((name) => accepts(names, name)),
  properties: (properties: Readonly<Record<string, JsonSchema>>, value) =>
    !isObject(value) ||
    Object.entries(properties).every(
      ([name, schema]) => !Object.hasOwn(value, name) || accepts(schema, value[name]),
    ),
  additionalProperties: (rest: boolean | JsonSchema, value, { properties = {} }) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([name, member]) =>
        Object.hasOwn(properties, name) || (typeof rest === 'boolean' ? rest : accepts(rest, member)),
    ),
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function propertyOf(key: FieldKey): JsonSchema {
  const [group, name] = key.split('.')
  const outer = SCHEMA.properties[group ?? ''] ?? unknown(key)
  return name === undefined ? outer : (outer.properties?.[name] ?? unknown(key))
}

const scalar = fc.oneof(
  fc.constantFrom('', 'auto', 'info', 'memory', '5s', '1.5h', ' 20 ', '7x', './a.ts', true, null),
  fc.integer({ min: -2, max: 20 }),
  fc.constantFrom(65_535, 65_536, 1024, 1025, 1.5, 2_147_483_647, 2_147_483_648, 1_000_001),
)
const object = fc.oneof(
  fc.record({ module: scalar, kind: fc.constantFrom('web', 'php') }, { requiredKeys: ['module'] }),
  fc.record({ listener: scalar, deferred: fc.oneof(fc.boolean(), scalar) }, { requiredKeys: [] }),
  fc.record({ replace: fc.array(scalar, { maxLength: 2 }) }),
)
const entry = fc.oneof(scalar, object)
const list = fc.array(entry, { maxLength: 3 })
const events = fc.dictionary(fc.constantFrom('', 'TaskEvent', './e.ts#Made'), fc.oneof(entry, list))

describe('the JSON schema', () => {
  for (const key of FIELD_KEYS) {
    it(`takes for ${key} what the server takes`, () => {
      const { is } = FIELDS[key] as { is: { schema: v.GenericSchema } }
      fc.assert(
        fc.property(fc.oneof(entry, list, events), (value) => {
          const ours = v.safeParse(is.schema, value).success
          assert.equal(accepts(propertyOf(key), value), ours, JSON.stringify(value))
        }),
        { numRuns: 500 },
      )
    })
  }

  it('takes its own defaults', () => {
    for (const key of FIELD_KEYS) {
      const { default: fallback } = FIELDS[key]
      if (fallback !== undefined) assert.ok(accepts(propertyOf(key), fallback), key)
    }
  })

  it('describes every setting', () => {
    for (const key of FIELD_KEYS) {
      assert.match((propertyOf(key) as { description?: string }).description ?? '', /\. Expects .+\.$/)
    }
  })

  it('refuses unknown keys at the top and in groups, and takes $schema', () => {
    const {
      definitions: _,
      title: __,
      $schema: ___,
      ...root
    } = SCHEMA as JsonSchema & Record<string, unknown>
    assert.ok(accepts(root, { $schema: './schema.json', port: 1, tasks: { nice: 0 } }))
    assert.ok(!accepts(root, { prt: 1 }))
    assert.ok(!accepts(root, { tasks: { nce: 0 } }))
  })

  it('offers the names of the events and takes others', () => {
    const { properties } = propertyOf('listeners')
    assert.deepEqual(Object.keys(properties ?? {}), ['TaskEvent'])
    assert.ok(accepts(propertyOf('listeners'), { './e.ts#Made': 'mailer' }))
  })
})
