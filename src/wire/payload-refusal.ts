/** How the walk says what cannot travel: what it is, where it stands, what to do instead. */
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
  Blob: 'Send its bytes: await blob.bytes().',
  File: 'Send its name and bytes: file.name, await file.bytes().',
  FormData: 'Send its entries: [...form], files as bytes.',
  Promise: 'Await it first.',
  ReadableStream: 'Send what it yields, or where the task can open it.',
  Request: 'Send what the task needs of it: url, method, [...headers], await request.text().',
  Response: 'Send what the task needs of it: status, [...headers], await response.text().',
  SharedArrayBuffer: 'Send a copy: new Uint8Array(shared).slice().',
}

export function refusal(found: string, { kind, path }: Place, remedy?: string): TsrvError {
  return new TsrvError('TASK_NOT_SERIALISABLE', {
    what: kind,
    found,
    path: pathText(path),
    remedy: remedy === undefined ? '' : ` ${remedy}`,
  })
}

/** For an object whose class has no tag. */
export function unknownClassRefusal(type: unknown, place: Place): TsrvError {
  const name = typeof type === 'function' ? type.name : ''
  if (name === '') return refusal('an object of an unnamed class', place, EXPORT_CLASS)
  const isPlatform = Object.hasOwn(INSTEAD, name) && Reflect.get(globalThis, name) === type
  return isPlatform
    ? refusal(`${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`, place, INSTEAD[name])
    : refusal(`an instance of the unregistered class ${name}`, place, EXPORT_CLASS)
}
