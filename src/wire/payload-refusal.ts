/** How the walk says what cannot travel: what it is, where it stands, what to do instead. */
import { EventEmitter } from 'node:events'
import { TsrvError } from '../errors.ts'
import { pathText, type Step } from '../util/data-path.ts'

/** What is being packed, for the error message. */
export type PayloadKind = 'task data' | 'return value' | 'error of the task'

export interface Place {
  readonly kind: PayloadKind
  readonly path: readonly Step[]
}

export const EXPORT_FUNCTION = 'Export it from a file matched by tasks.modules, or send plain data.'
const EXPORT_CLASS = 'Export the class from a file matched by tasks.modules, or send plain data.'

/** Live or unreadable classes of the platform, which nobody can export: what to send in their place. */
const INSTEAD: Readonly<Record<string, string>> = {
  AbortSignal: 'A task has one of its own: event.signal; the option `signal` of the call aborts that.',
  File: 'Send its name and bytes: file.name, await file.bytes().',
  Blob: 'Send its bytes: await blob.bytes().',
  FormData: 'Send its entries: [...form], files as bytes.',
  Promise: 'Await it first.',
  ReadableStream: 'Send what it yields, or where the task can open it.',
  Request: 'Send what the task needs of it: url, method, [...headers], await request.text().',
  Response: 'Send what the task needs of it: status, [...headers], await response.text().',
  SharedArrayBuffer: 'Send a copy: new Uint8Array(shared).slice().',
  WeakMap: 'Send the entries that the task needs.',
  WeakRef: 'Send what it refers to.',
  WeakSet: 'Send the values that the task needs.',
}

/** Sockets, streams, servers, connections: what an emitter stands for is in this process alone. */
const LIVE = 'It lives in this process alone: send what the task needs to open its own.'

export function refusal(found: string, { kind, path }: Place, remedy?: string): TsrvError {
  return new TsrvError('TASK_NOT_SERIALISABLE', {
    what: kind,
    found,
    path: pathText(path),
    remedy: remedy === undefined ? '' : ` ${remedy}`,
  })
}

/** For an object whose class has no tag. */
export function unknownClassRefusal(value: object, type: unknown, place: Place): TsrvError {
  // By instanceof: frameworks have request classes of their own that stand in for the platform's.
  const platform = Object.keys(INSTEAD).find((name) => isInstance(value, Reflect.get(globalThis, name)))
  if (platform !== undefined) {
    return refusal(`${/^[AEIOU]/.test(platform) ? 'an' : 'a'} ${platform}`, place, INSTEAD[platform])
  }
  const name = typeof type === 'function' ? type.name : ''
  if (name === '') return refusal('an object of an unnamed class', place, EXPORT_CLASS)
  if (value instanceof EventEmitter) return refusal(`a live ${name}`, place, LIVE)
  return refusal(`an instance of the unregistered class ${name}`, place, EXPORT_CLASS)
}

function isInstance(value: object, type: unknown): boolean {
  return typeof type === 'function' && value instanceof type
}
