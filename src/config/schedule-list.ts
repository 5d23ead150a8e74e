/** The setting `schedules`: tasks that are sent again and again. */
import * as v from 'valibot'
import type { Duration } from '../util/duration.ts'
import { duration, type JsonSchema, type Kind } from './kinds.ts'

const MISSED = ['skip', 'once', 'all'] as const

/** One schedule in its normal form. */
export interface ScheduleSetting {
  /** By which the store knows when it was last due. */
  readonly name: string
  /** An exported function of `tasks.modules`: `src/tasks/report#daily`, or its `taskName`. */
  readonly task: string
  /** What it is called with: plain data. */
  readonly payload: readonly unknown[]
  /** Milliseconds. */
  readonly every?: number
  readonly cron?: string
  /** Of `cron`; without it that of the server. */
  readonly timezone?: string
  /** What becomes of the times at which no server ran: nothing, one run for all of them, a run for each. */
  readonly missed: (typeof MISSED)[number]
  readonly queue?: string
  readonly label?: string
}

export interface ScheduleInput {
  readonly name?: string | undefined
  readonly task: string
  readonly payload?: readonly unknown[] | undefined
  readonly every?: Duration | undefined
  readonly cron?: string | undefined
  readonly timezone?: string | undefined
  readonly missed?: ScheduleSetting['missed'] | undefined
  readonly queue?: string | undefined
  readonly label?: string | undefined
}

const SHORTEST = 1000
const text = v.pipe(v.string(), v.nonEmpty())
/** Five or six fields, or a nickname; the library says what is wrong inside of them. */
const CRON = String.raw`^\s*(@\w+|\S+(\s+\S+){4,5})\s*$`

const schedule = v.pipe(
  v.strictObject({
    name: v.optional(text),
    task: text,
    payload: v.optional(v.array(v.unknown()), []),
    every: v.optional(duration(SHORTEST).schema),
    cron: v.optional(v.pipe(v.string(), v.regex(new RegExp(CRON)))),
    timezone: v.optional(v.pipe(v.string(), v.check(isTimezone))),
    missed: v.optional(v.picklist(MISSED), 'skip'),
    queue: v.optional(text),
    label: v.optional(text),
  }),
  v.check(({ every, cron }) => (every === undefined) !== (cron === undefined)),
  v.check(({ timezone, cron }) => timezone === undefined || cron !== undefined),
)

type Checked = v.InferOutput<typeof schedule>

export function scheduleList(): Kind<readonly ScheduleInput[], readonly ScheduleSetting[]> {
  return {
    schema: v.pipe(
      v.array(schedule),
      v.transform((list) => list.map(settingOf)),
      v.check((list) => new Set(list.map(({ name }) => name)).size === list.length),
    ),
    json: { type: 'array', items: ITEM },
    form: 'none',
    expected:
      'a list of { task, every } or { task, cron, timezone }, each with payload, missed ("skip", "once" or "all"), queue, label, and a name where two would be the same; every is at least 1s',
    keys: ['name', 'task', 'payload', 'every', 'cron', 'timezone', 'missed', 'queue', 'label'],
  }
}

const TEXT: JsonSchema = { type: 'string', minLength: 1 }

const ITEM: JsonSchema = {
  type: 'object',
  properties: {
    name: TEXT,
    task: TEXT,
    payload: { type: 'array' },
    every: duration(SHORTEST).json,
    cron: { type: 'string', pattern: CRON },
    timezone: TEXT,
    missed: { enum: MISSED },
    queue: TEXT,
    label: TEXT,
  },
  required: ['task'],
  additionalProperties: false,
}

/** Another time or another task is another schedule, unless it has a name. */
function settingOf({ name, every, cron, timezone, queue, label, ...setting }: Checked): ScheduleSetting {
  const when = cron ?? `every ${every}`
  const zone = timezone === undefined ? '' : ` ${timezone}`
  return {
    ...setting,
    name: name ?? `${setting.task} ${when}${zone}`,
    ...(every !== undefined && { every }),
    ...(cron !== undefined && { cron }),
    ...(timezone !== undefined && { timezone }),
    ...(queue !== undefined && { queue }),
    ...(label !== undefined && { label }),
  }
}

function isTimezone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat
  } catch {
    return false
  }
}
