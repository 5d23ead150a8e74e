/** Checks the options of a task() call and puts them into the form that travels. */
import { inspect } from 'node:util'
import { TsrvError } from '../errors.ts'
import type { TaskOptions } from '../server.ts'
import { DURATION, LONGEST_DURATION, parseDuration } from '../util/duration.ts'
import type { Backoff, TaskWishes } from '../wire/messages.ts'

/** A year: longer delays are schedules, and meant to be written down elsewhere. */
const LONGEST_DELAY = 366 * 24 * 3_600_000
const LONGEST_NAME = 1024
const ID = 'the id of a task, as server.task() returned it'

type Wish<Key extends keyof TaskWishes> = Required<TaskWishes>[Key]
type Reader<Key extends keyof TaskWishes> = (value: unknown) => Wish<Key> | undefined

interface OptionRule<Key extends keyof TaskWishes> {
  /** Undefined when the value is none. */
  readonly read: Reader<Key>
  readonly expected: string
}

const RULES: { readonly [Key in keyof TaskWishes]-?: OptionRule<Key> } = {
  delay: { read: delay, expected: `${DURATION}, at most a year` },
  priority: {
    read: integer(-1_000_000, 1_000_000),
    expected: 'an integer; higher runs first, the default is 0',
  },
  attempts: { read: integer(1, 1000), expected: 'an integer 1-1000' },
  backoff: {
    read: backoff,
    expected: `"fixed", "exponential", or { kind, delay, longest } with ${DURATION}`,
  },
  timeout: { read: time(1), expected: `${DURATION}, at least 1` },
  key: { read: name, expected: `a text of 1 to ${LONGEST_NAME} characters` },
  ttl: { read: delay, expected: `${DURATION}, at most a year` },
  label: { read: name, expected: `a text of 1 to ${LONGEST_NAME} characters` },
  owner: { read: name, expected: `a text of 1 to ${LONGEST_NAME} characters` },
  category: { read: name, expected: `a text of 1 to ${LONGEST_NAME} characters` },
  onCrash: {
    read: (value) => (value === 'retry' || value === 'fail' ? value : undefined),
    expected: '"retry" or "fail"',
  },
  mode: {
    read: (value) => (value === 'exclusive' || value === 'shared' ? value : undefined),
    expected: '"exclusive" or "shared"',
  },
  parent: { read: integer(1, Number.MAX_SAFE_INTEGER), expected: ID },
  masterStatus: {
    read: (value) => (typeof value === 'boolean' ? value : undefined),
    expected: 'true or false',
  },
  queue: { read: name, expected: 'the name of one of tasks.queues' },
}

/**
 * @returns undefined when nothing was asked for
 * @throws TsrvError TSRV_TASK_OPTION_INVALID
 */
export function readTaskOptions(options: TaskOptions, call: string): TaskWishes | undefined {
  const wishes: Record<string, unknown> = {}
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || option === 'signal') continue
    const rule = Object.hasOwn(RULES, option) ? RULES[option as keyof typeof RULES] : undefined
    const read = rule?.read(value)
    if (read === undefined) throw invalid(call, option, value, rule?.expected)
    wishes[option] = read
  }
  if (wishes['ttl'] !== undefined && wishes['key'] === undefined)
    throw invalid(call, 'ttl', wishes['ttl'], 'a key beside it: it says how long the key refuses others')
  return Object.keys(wishes).length === 0 ? undefined : wishes
}

/**
 * Of callers without types: an id out of a URL is a text, which no task has.
 *
 * @throws TsrvError TSRV_TASK_OPTION_INVALID
 */
export function requireId(id: unknown, call: string): void {
  if (RULES.parent.read(id) === undefined) throw invalid(call, 'id', id, ID)
}

function invalid(call: string, option: string, value: unknown, expected: string | undefined): TsrvError {
  return new TsrvError('TASK_OPTION_INVALID', {
    call,
    option,
    value: inspect(value, { depth: 1, breakLength: Infinity }),
    expected: expected ?? `one of ${[...Object.keys(RULES), 'signal'].join(', ')}`,
  })
}

function delay(value: unknown): number | undefined {
  const milliseconds = typeof value === 'number' ? Math.round(value) : parseDuration(value)
  return milliseconds !== undefined && milliseconds >= 0 && milliseconds <= LONGEST_DELAY
    ? milliseconds
    : undefined
}

function time(shortest: number) {
  return (value: unknown): number | undefined => {
    const milliseconds = parseDuration(value)
    return milliseconds !== undefined && milliseconds >= shortest ? milliseconds : undefined
  }
}

function integer(min: number, max: number) {
  return (value: unknown): number | undefined =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined
}

function name(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME ? value : undefined
}

const SECOND = 1000
const DEFAULTS: Backoff = { kind: 'exponential', delay: SECOND, longest: 600 * SECOND }

function backoff(value: unknown): Backoff | undefined {
  if (value === 'fixed' || value === 'exponential') return { ...DEFAULTS, kind: value }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { kind = DEFAULTS.kind, delay = DEFAULTS.delay, longest, ...rest } = value as Record<string, unknown>
  const [first, last] = [parseDuration(delay), parseDuration(longest ?? LONGEST_DURATION)]
  if (kind !== 'fixed' && kind !== 'exponential') return undefined
  if (first === undefined || last === undefined || Object.keys(rest).length > 0) return undefined
  return { kind, delay: first, longest: longest === undefined ? Math.max(first, DEFAULTS.longest) : last }
}
