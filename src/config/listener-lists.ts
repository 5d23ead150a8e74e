/** The setting `listeners`: the ways a user may write it, and the one form that the rest of the server reads. */
import * as v from 'valibot'
import type { JsonSchema, Kind } from './kinds.ts'

/** A module path, `pkg:name#export`, or the name of a container service. */
export type ListenerInput = string | { readonly listener: string; readonly deferred?: boolean | undefined }

/** Made by `replace()`: the listeners that tsrv ships for the event do not run. */
export interface ReplacedListeners {
  readonly replace: readonly ListenerInput[]
}

export type ListenersInput = Readonly<
  Record<string, ListenerInput | readonly ListenerInput[] | ReplacedListeners>
>

interface ListenerSetting {
  readonly listener: string
  readonly deferred: boolean
}

/**
 * Normal form of one event's listeners.
 *
 * @public the published declarations of FIELDS name it
 */
export interface ListenerListSetting {
  readonly replace: boolean
  readonly entries: readonly ListenerSetting[]
}

export type ListenerSettings = Readonly<Record<string, ListenerListSetting>>

export function listenerLists(): Kind<ListenersInput, ListenerSettings> {
  return {
    // A list would pass as a record with the events "0", "1" …
    schema: v.pipe(
      v.custom<ListenersInput>((input) => !Array.isArray(input)),
      v.record(name, events),
    ),
    json: { type: 'object', propertyNames: NAME, additionalProperties: EVENT_LISTENERS },
    form: 'none',
    expected: 'a module path, "pkg:name#export", the name of a service, or { listener, deferred }',
    keys: ['listener', 'deferred', 'replace'],
  }
}

const name = v.pipe(v.string(), v.nonEmpty())

const named = v.pipe(
  name,
  v.transform((listener): ListenerSetting => ({ listener, deferred: false })),
)
const detailed = v.strictObject({ listener: name, deferred: v.optional(v.boolean(), false) })

// `lazy` chooses by the shape of the input where a union would try all and lose the position of what is wrong.
const entry: v.GenericSchema<ListenerInput, ListenerSetting> = v.lazy((input) =>
  isObject(input) ? detailed : named,
)
const appended = v.pipe(
  v.array(entry),
  v.transform((entries): ListenerListSetting => ({ replace: false, entries })),
)
const single = v.pipe(
  entry,
  v.transform((one): ListenerListSetting => ({ replace: false, entries: [one] })),
)
const replaced = v.pipe(
  v.strictObject({ replace: v.array(entry) }),
  v.transform(({ replace: entries }): ListenerListSetting => ({ replace: true, entries })),
)
const events: v.GenericSchema<ListenersInput[string], ListenerListSetting> = v.lazy((input) => {
  if (Array.isArray(input)) return appended
  if (!isObject(input)) return single
  return 'replace' in input ? replaced : single
})

const NAME: JsonSchema = { type: 'string', minLength: 1 }

const ENTRY: JsonSchema = {
  anyOf: [
    NAME,
    {
      type: 'object',
      properties: { listener: NAME, deferred: { type: 'boolean' } },
      required: ['listener'],
      additionalProperties: false,
    },
  ],
}
const ENTRIES: JsonSchema = { type: 'array', items: ENTRY }
const REPLACED: JsonSchema = {
  type: 'object',
  properties: { replace: ENTRIES },
  required: ['replace'],
  additionalProperties: false,
}

/** What may stand behind one event. */
export const EVENT_LISTENERS: JsonSchema = { anyOf: [ENTRY, ENTRIES, REPLACED] }

function isObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}
