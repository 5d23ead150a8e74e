/**
 * What a setting can be: its valibot schema, the same for editors as JSON schema, the words for what is expected,
 * and how the plain text of INI files, environment and command line becomes a value of it.
 */
import * as v from 'valibot'
import { DURATION, type Duration, LONGEST_DURATION, parseDuration } from '../util/duration.ts'

/** How text is read before the schema sees it; what cannot be read stays text, so that the schema refuses it. */
export type TextForm = 'text' | 'number' | 'boolean' | 'list' | 'none'

/** As much of JSON schema (draft 7) as the settings need. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object'
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly items?: JsonSchema
  readonly uniqueItems?: boolean
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly propertyNames?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

export interface Kind<Input, Value> {
  readonly schema: v.GenericSchema<Input, Value>
  /** What `schema` takes, in the words of JSON schema: for editors, so rather too much than too little. */
  readonly json: JsonSchema
  readonly form: TextForm
  /** Completes "expected …" in a problem. */
  readonly expected: string
  /** Comes before "expected …" where users know another wording. */
  readonly complaint?: string
  /** Keys of a setting that is an object, for "did you mean". */
  readonly keys?: readonly string[]
}

export function text(expected = 'a text that is not empty'): Kind<string, string> {
  return { schema: v.pipe(v.string(), v.nonEmpty()), json: TEXT, form: 'text', expected }
}

const TEXT: JsonSchema = { type: 'string', minLength: 1 }

export function integer(min: number, max: number, complaint?: string): Kind<number, number> {
  return {
    schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
    json: { type: 'integer', minimum: min, maximum: max },
    form: 'number',
    expected: `an integer ${min}-${max}`,
    ...(complaint !== undefined && { complaint }),
  }
}

/** A number of processes or threads; what 'auto' amounts to is decided where they are started. */
export function count(min: number, max: number): Kind<number | 'auto', number | 'auto'> {
  const fixed = integer(min, max)
  return {
    schema: v.union([fixed.schema, v.literal('auto')]),
    json: { anyOf: [fixed.json, { const: 'auto' }] },
    form: 'number',
    expected: `an integer ${min}-${max} or "auto"`,
  }
}

export function flag(): Kind<boolean, boolean> {
  return { schema: v.boolean(), json: { type: 'boolean' }, form: 'boolean', expected: 'true or false' }
}

export function flagOrAuto(): Kind<boolean | 'auto', boolean | 'auto'> {
  return {
    schema: v.union([v.boolean(), v.literal('auto')]),
    json: { enum: [true, false, 'auto'] },
    form: 'boolean',
    expected: 'true, false or "auto"',
  }
}

export function oneOf<const Names extends readonly string[]>(
  names: Names,
): Kind<Names[number], Names[number]> {
  return {
    schema: v.picklist(names),
    json: { enum: names },
    form: 'text',
    expected: names.length === 1 ? `"${names[0]}"` : `one of ${names.join(', ')}`,
  }
}

/** Stored as whole milliseconds. */
export function duration(shortest = 0): Kind<Duration, number> {
  const schema = v.pipe(
    v.custom<Duration>((input) => (parseDuration(input) ?? -1) >= shortest),
    v.transform((input) => parseDuration(input) ?? 0),
  )
  return {
    schema,
    json: {
      anyOf: [
        { type: 'number', minimum: shortest, maximum: LONGEST_DURATION },
        { type: 'string', pattern: String.raw`^\s*\d+(\.\d+)?(ms|s|m|h)?\s*$` },
      ],
    },
    form: 'number',
    expected: `${DURATION} (${shortest}ms to 24 days)`,
  }
}

export function list(): Kind<readonly string[], readonly string[]> {
  return { schema: v.array(text().schema), json: TEXTS, form: 'list', expected: 'a list of texts' }
}

const TEXTS: JsonSchema = { type: 'array', items: TEXT }

export function listOrOne(): Kind<string | readonly string[], readonly string[]> {
  const one = text().schema
  return {
    schema: v.pipe(
      v.union([one, v.array(one)]),
      v.transform((input) => (typeof input === 'string' ? [input] : input)),
    ),
    json: { anyOf: [TEXT, TEXTS] },
    form: 'list',
    expected: 'a text or a list of texts',
  }
}

const APP_KINDS = ['node', 'web', 'auto'] as const

/** What kind of program `app.module` exports; 'auto' looks. */
export type AppKind = (typeof APP_KINDS)[number]

export interface AppEntry {
  readonly module: string
  readonly kind: AppKind
}

export function appEntry(): Kind<
  string | { readonly module: string; readonly kind?: AppKind | undefined },
  AppEntry
> {
  const module = text().schema
  const kind = v.optional(v.picklist(APP_KINDS), 'auto')
  const entry = v.strictObject({ module, kind })
  const named = v.pipe(
    module,
    v.transform((path): AppEntry => ({ module: path, kind: 'auto' })),
  )
  return {
    schema: v.lazy((input) => (typeof input === 'object' ? entry : named)),
    json: {
      anyOf: [
        TEXT,
        {
          type: 'object',
          properties: { module: TEXT, kind: { enum: APP_KINDS } },
          required: ['module'],
          additionalProperties: false,
        },
      ],
    },
    form: 'text',
    expected: 'a module path, or { module, kind } with kind "node", "web" or "auto"',
    keys: ['module', 'kind'],
  }
}

const TRUE = ['true', '1', 'yes', 'on']
const FALSE = ['false', '0', 'no', 'off']

/** Reads text by the form of a kind. */
export function readText(written: string, form: TextForm): unknown {
  const trimmed = written.trim()
  switch (form) {
    case 'number':
      return /^[+-]?\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed
    case 'boolean':
      if (TRUE.includes(trimmed.toLowerCase())) return true
      return FALSE.includes(trimmed.toLowerCase()) ? false : trimmed
    case 'list':
      // A comma inside braces belongs to a glob: `./src/{tasks,events}/*.ts`.
      return trimmed
        .split(/,(?![^{}]*\})/)
        .map((item) => item.trim())
        .filter((item) => item !== '')
    case 'text':
    case 'none':
      return trimmed
    default:
      return form satisfies never
  }
}
