/** Payload as text for people who have none of its classes: an unknown tag is shown as a name with its fields. */
import { inspect, type InspectOptions } from 'node:util'
import { decodePayload } from './payload.ts'
import type { Tags } from './tags.ts'

/** Bytes; more is not taken apart where other work waits for this thread. */
const LONGEST_PAYLOAD = 1024 * 1024

const LONGEST_TEXT = 64 * 1024

const SHAPE: InspectOptions = {
  depth: 8,
  breakLength: 100,
  maxArrayLength: 200,
  maxStringLength: 10_000,
}

/** Never throws: what cannot be read is described. */
export function payloadText(bytes: Uint8Array): string {
  if (bytes.length > LONGEST_PAYLOAD) return `(${bytes.length} bytes, too long to be shown)`
  try {
    return clipped(inspect(decodePayload(bytes, new StandIns()), SHAPE), LONGEST_TEXT)
  } catch (error) {
    return `(${bytes.length} bytes that cannot be read: ${error instanceof Error ? error.message : 'unknown'})`
  }
}

export function clipped(text: string, longest: number): string {
  return text.length > longest
    ? `${text.slice(0, longest)}… (${text.length - longest} more characters)`
    : text
}

/** For each tag a function of that name, which is class and function at once. */
class StandIns implements Tags {
  readonly #made = new Map<string, object>()

  tagOf(): undefined {
    return undefined
  }

  exportOf(tag: string): unknown {
    const made = this.#made.get(tag) ?? standIn(tag)
    this.#made.set(tag, made)
    return made
  }
}

function standIn(tag: string): object {
  const type = function (): void {}
  Object.defineProperty(type, 'name', { value: tag })
  // Not enumerable, or it would be shown as a property of the function.
  Object.defineProperty(type, 'fromJSON', {
    value: (json: unknown) => filled(type.prototype as object, json),
  })
  return type
}

function filled(prototype: object, json: unknown): object {
  const fields = typeof json === 'object' && json !== null && !Array.isArray(json) ? json : { json }
  const object = Object.create(prototype) as object
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return object
}
