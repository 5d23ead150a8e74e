/** The setting `services`: the ways a user may write it, and the one list that the rest of the server reads. */
import * as v from 'valibot'
import type { Duration } from '../util/duration.ts'
import { duration, type JsonSchema, type Kind } from './kinds.ts'

/** When a service whose process has ended is started again; see supervisor/services/restart-rule.ts. */
export const RESTARTS = ['always', 'on-failure', 'no-error', 'no'] as const

export type RestartRule = (typeof RESTARTS)[number]

interface ServiceOptions {
  /** Path of its module, `#name` for another export than the default. */
  readonly module: string
  readonly restart?: RestartRule | undefined
  readonly stopTimeout?: Duration | undefined
  readonly killTimeout?: Duration | undefined
  /** Variables of its environment, besides those that all processes get. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

export type ServicesInput =
  | Readonly<Record<string, string | ServiceOptions>>
  | readonly (ServiceOptions & { readonly name: string })[]

/**
 * Normal form of one service.
 *
 * @public the published declarations of FIELDS name it
 */
export interface ServiceSetting {
  readonly name: string
  readonly module: string
  readonly restart: RestartRule
  /** Milliseconds after the request to stop at which it gets SIGTERM. */
  readonly stopTimeout: number
  /** Milliseconds after the same request at which it is killed. */
  readonly killTimeout: number
  readonly env: Readonly<Record<string, string>>
}

const SECOND = 1000

export function serviceList(): Kind<ServicesInput, readonly ServiceSetting[]> {
  return {
    schema: v.lazy((input) => (Array.isArray(input) ? listed : byName)),
    json: {
      anyOf: [
        { type: 'object', propertyNames: NAME, additionalProperties: { anyOf: [TEXT, SERVICE] } },
        { type: 'array', items: NAMED_SERVICE },
      ],
    },
    form: 'none',
    expected:
      '{ name: "./module.ts" } or { name: { module, restart, stopTimeout, killTimeout, env } }, or a list of these with `name`; each name once, of letters, digits, "-" and "_", with a letter first',
    keys: ['name', ...Object.keys(FIELDS)],
  }
}

// Begins with a letter: a record whose keys are numbers has lost the order in which they were written.
const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]{0,39}$'
const name = v.pipe(v.string(), v.regex(new RegExp(NAME_PATTERN)))
const text = v.pipe(v.string(), v.nonEmpty())
const time = duration()

const FIELDS = {
  module: text,
  restart: v.optional(v.picklist(RESTARTS), 'always'),
  stopTimeout: v.optional(time.schema, 5 * SECOND),
  killTimeout: v.optional(time.schema, 10 * SECOND),
  env: v.optional(v.record(v.string(), v.string()), {}),
}

const detailed = v.strictObject(FIELDS)
const brief = v.pipe(
  text,
  v.transform((module) => v.parse(detailed, { module })),
)
const one = v.lazy((input) => (typeof input === 'string' ? brief : detailed))

const byName: v.GenericSchema<Record<string, string | ServiceOptions>, readonly ServiceSetting[]> = v.pipe(
  v.record(name, one),
  v.transform((services) =>
    Object.entries(services).map(([name, service]): ServiceSetting => ({ name, ...service })),
  ),
)

const listed: v.GenericSchema<readonly (ServiceOptions & { name: string })[], readonly ServiceSetting[]> =
  v.pipe(
    v.array(v.strictObject({ name, ...FIELDS })),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const names = dataset.value.map((service) => service.name)
      for (const [index, again] of names.entries()) {
        if (names.indexOf(again) !== index) addIssue({ input: again, path: [pathItem(dataset.value, index)] })
      }
    }),
  )

function pathItem(input: unknown[], key: number): v.ArrayPathItem {
  return { type: 'array', origin: 'value', input, key, value: input[key] }
}

const NAME: JsonSchema = { type: 'string', pattern: NAME_PATTERN }
const TEXT: JsonSchema = { type: 'string', minLength: 1 }
const PROPERTIES = {
  module: TEXT,
  restart: { enum: RESTARTS },
  stopTimeout: time.json,
  killTimeout: time.json,
  env: { type: 'object', additionalProperties: { type: 'string' } },
} as const satisfies Record<string, JsonSchema>
const SERVICE: JsonSchema = {
  type: 'object',
  properties: PROPERTIES,
  required: ['module'],
  additionalProperties: false,
}
const NAMED_SERVICE: JsonSchema = {
  type: 'object',
  properties: { name: NAME, ...PROPERTIES },
  required: ['name', 'module'],
  additionalProperties: false,
}
