/**
 * The error of a task as bytes. Everybody can read the report in it; a receiver that knows the error's class by a
 * tag gets the error itself.
 */
import { errorFromWire, errorToWire, type WireError } from '../wire/error-report.ts'
import { decodePayload, encodePayload } from '../wire/payload.ts'
import { NO_TAGS, type Tags } from '../wire/tags.ts'

/** What `packError` packs. */
interface TaskError extends WireError {
  /** The error as payload, when its class has a tag. */
  readonly whole?: Uint8Array
}

/** Packs anything that was thrown; never throws. */
export function packError(error: unknown, tags: Tags): Uint8Array {
  const whole = packWhole(error, tags)
  const report: TaskError = { ...errorToWire(error), ...(whole !== undefined && { whole }) }
  try {
    return encodePayload(report, NO_TAGS, 'error of the task')
  } catch (tooLarge) {
    return encodePayload(errorToWire(tooLarge), NO_TAGS)
  }
}

/** The error as an instance of its class if `tags` know that, else of the nearest built-in one. */
export function unpackError(bytes: Uint8Array, tags: Tags): Error {
  const { whole, ...report } = decodePayload(bytes, NO_TAGS) as TaskError
  return (whole === undefined ? undefined : unpackWhole(whole, tags)) ?? errorFromWire(report)
}

function packWhole(error: unknown, tags: Tags): Uint8Array | undefined {
  try {
    const type: unknown = error instanceof Error ? error.constructor : undefined
    if (typeof type !== 'function' || tags.tagOf(type) === undefined) return undefined
    return encodePayload(error, tags)
  } catch {
    // A field of it cannot travel: the report leaves that out.
    return undefined
  }
}

function unpackWhole(bytes: Uint8Array, tags: Tags): Error | undefined {
  try {
    const error = decodePayload(bytes, tags)
    return error instanceof Error ? error : undefined
  } catch {
    // Its class, or that of something in it, is unknown here, or its fromJSON() threw.
    return undefined
  }
}
