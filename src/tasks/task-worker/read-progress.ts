/** Makes of a report of progress what every line and store can carry: user code may report anything. */
import { inspect } from 'node:util'
import { describeThrown, TsrvError } from '../../errors.ts'
import type { Progress } from '../../wire/messages.ts'

const LONGEST_MESSAGE = 10_000

/** @throws TsrvError TSRV_TASK_PROGRESS_INVALID what is no report at all, such as a text */
export function readProgress(reported: unknown): Progress {
  if (typeof reported !== 'object' || reported === null) {
    const received = inspect(reported, { depth: 1, breakLength: Infinity })
    throw new TsrvError('TASK_PROGRESS_INVALID', { received })
  }
  const { message, completion, target } = reported as Reported
  return {
    ...(message != null && { message: describeThrown(message).slice(0, LONGEST_MESSAGE) }),
    ...plainCount('completion', completion),
    ...plainCount('target', target),
  }
}

function plainCount(name: 'completion' | 'target', value: unknown): Progress {
  const count = COUNTABLE.has(typeof value) ? Number(value) : NaN
  return Number.isFinite(count) ? { [name]: count } : {}
}

/** Other types are no numbers by mistake only, and a symbol would throw. */
const COUNTABLE: ReadonlySet<string> = new Set(['number', 'bigint', 'string'])

type Reported = { readonly [Field in keyof Progress]?: unknown }
