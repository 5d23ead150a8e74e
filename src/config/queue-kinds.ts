/** Kinds of settings about queues: which there are, and which task goes to which. */
import * as v from 'valibot'
import type { JsonSchema, Kind } from './kinds.ts'

/** One queue in its normal form. */
export interface QueueSetting {
  readonly name: string
  /** 1 to 1000, see `tasks.selector`. */
  readonly weight: number
  /** Its tasks run at once in the process that sends them. */
  readonly sync: boolean
}

type QueueInput =
  | string
  | {
      readonly name: string
      readonly weight?: number | undefined
      readonly sync?: boolean | undefined
    }

const NAME = String.raw`^[\w.-]{1,100}$`
const QUEUE_NAME: JsonSchema = { type: 'string', pattern: NAME }

const name = v.pipe(v.string(), v.regex(new RegExp(NAME)))
const detailed = v.strictObject({
  name,
  weight: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 1),
  sync: v.optional(v.boolean(), false),
})
const named = v.pipe(
  name,
  v.transform((text): QueueSetting => ({ name: text, weight: 1, sync: false })),
)
const queue: v.GenericSchema<QueueInput, QueueSetting> = v.lazy((input) =>
  typeof input === 'object' ? detailed : named,
)

export function queueList(): Kind<readonly QueueInput[], readonly QueueSetting[]> {
  return {
    schema: v.pipe(
      v.array(queue),
      v.check((queues) => areDistinct(queues)),
    ),
    json: {
      type: 'array',
      // Of names: two objects may differ and have one name, which the server refuses.
      uniqueItems: true,
      items: {
        anyOf: [
          QUEUE_NAME,
          {
            type: 'object',
            properties: {
              name: QUEUE_NAME,
              weight: { type: 'integer', minimum: 1, maximum: 1000 },
              sync: { type: 'boolean' },
            },
            required: ['name'],
            additionalProperties: false,
          },
        ],
      },
    },
    form: 'list',
    expected:
      'a list of names (letters, digits, . _ -), or of { name, weight, sync } with a weight of 1-1000; no name twice, and "default" not sync',
    keys: ['name', 'weight', 'sync'],
  }
}

function areDistinct(queues: readonly QueueSetting[]): boolean {
  const isSound = queues.every((one) => one.name !== 'default' || !one.sync)
  return isSound && new Set(queues.map((one) => one.name)).size === queues.length
}

export function queueRoutes(): Kind<Readonly<Record<string, string>>, Readonly<Record<string, string>>> {
  return {
    // A list would pass as a record with the tasks "0", "1" …
    schema: v.pipe(
      v.custom<Readonly<Record<string, string>>>((input) => !Array.isArray(input)),
      v.record(v.pipe(v.string(), v.nonEmpty()), name),
    ),
    json: { type: 'object', propertyNames: { minLength: 1 }, additionalProperties: QUEUE_NAME },
    form: 'none',
    expected: 'queues by the names of tasks, such as { "src/tasks/mail#sendMail": "mail", "*": "rest" }',
  }
}
