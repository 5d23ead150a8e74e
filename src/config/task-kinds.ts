/** Kinds of settings that only tasks have: sizes, the pause between attempts, how long records are kept. */
import * as v from 'valibot'
import { type Bytes, parseBytes } from '../util/bytes.ts'
import type { Duration } from '../util/duration.ts'
import type { Backoff } from '../wire/messages.ts'
import { duration, type JsonSchema, type Kind } from './kinds.ts'

/** Stored as whole bytes. */
export function bytes(least: number): Kind<Bytes, number> {
  const schema = v.pipe(
    v.custom<Bytes>((input) => (parseBytes(input) ?? -1) >= least),
    v.transform((input) => parseBytes(input) ?? 0),
  )
  return {
    schema,
    json: {
      anyOf: [
        { type: 'integer', minimum: least },
        { type: 'string', pattern: BYTES },
      ],
    },
    form: 'number',
    expected: `bytes, or a text such as 512kb, 64mb, 1gb (at least ${least} bytes)`,
  }
}

const BYTES = String.raw`^\s*\d+(\.\d+)?\s*([kKmMgG]?[bB])\s*$`

const BACKOFFS = ['fixed', 'exponential'] as const

/** @public so that declarations can name it. */
export type BackoffInput =
  | Backoff['kind']
  | {
      readonly kind?: Backoff['kind'] | undefined
      readonly delay?: Duration | undefined
      readonly longest?: Duration | undefined
    }

export const DEFAULT_BACKOFF = { kind: 'exponential', delay: 1000, longest: 10 * 60_000 } as const

export function backoffPolicy(): Kind<BackoffInput, Backoff> {
  const time = duration()
  const kind = v.picklist(BACKOFFS)
  const policy = v.strictObject({
    kind: v.optional(kind, DEFAULT_BACKOFF.kind),
    delay: v.optional(time.schema, DEFAULT_BACKOFF.delay),
    longest: v.optional(time.schema, DEFAULT_BACKOFF.longest),
  })
  const named = v.pipe(
    kind,
    v.transform((name): Backoff => ({ ...DEFAULT_BACKOFF, kind: name })),
  )
  return {
    schema: v.lazy((input) => (typeof input === 'object' ? plainObject(policy) : named)),
    json: {
      anyOf: [
        { enum: BACKOFFS },
        objectOf({ kind: { enum: BACKOFFS }, delay: time.json, longest: time.json }),
      ],
    },
    form: 'text',
    expected: '"fixed", "exponential", or { kind, delay, longest } with times such as 500ms, 5s',
    keys: ['kind', 'delay', 'longest'],
  }
}

/** How long records of ended tasks stay in the task log. */
export interface Keep {
  /** Milliseconds. */
  readonly age: number
  readonly count: number
}

/** @public so that declarations can name it. */
export interface KeepInput {
  readonly age?: Duration | undefined
  readonly count?: number | undefined
}

export const DEFAULT_KEEP = { age: 7 * 24 * 60 * 60_000, count: 100_000 } as const

export function keep(): Kind<KeepInput, Keep> {
  const age = duration()
  const count = v.pipe(v.number(), v.integer(), v.minValue(0))
  return {
    schema: plainObject(
      v.strictObject({
        age: v.optional(age.schema, DEFAULT_KEEP.age),
        count: v.optional(count, DEFAULT_KEEP.count),
      }),
    ),
    json: objectOf({ age: age.json, count: { type: 'integer', minimum: 0 } }),
    form: 'none',
    expected: '{ age, count } such as { age: "168h", count: 100000 }',
    keys: ['age', 'count'],
  }
}

function objectOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, additionalProperties: false }
}

/** Valibot takes an array for an object without keys. */
function plainObject<Input, Value>(schema: v.GenericSchema<Input, Value>): v.GenericSchema<Input, Value> {
  return v.lazy((input) => (Array.isArray(input) ? v.never() : schema)) as v.GenericSchema<Input, Value>
}
