/** What a config file threw while it was loaded, reduced to a sentence and the place where it happened. */
import { fileURLToPath } from 'node:url'

export interface Thrown {
  readonly message: string
  readonly file?: string | undefined
  readonly line?: number | undefined
}

const OURS = new URL('..', import.meta.url).href

/** What Node says about syntax that cannot be erased, and the way out. */
const UNSUPPORTED = 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
const REMEDY =
  'Node strips types and nothing more: no enums, namespaces with values, parameter properties or decorators in a config file'

export function describeThrown(thrown: unknown): Thrown {
  if (!(thrown instanceof Error)) return { message: `threw ${String(thrown)}` }
  const [first = ''] = thrown.message.split('\n', 1)
  const remedy = 'code' in thrown && thrown.code === UNSUPPORTED ? `. ${REMEDY}` : ''
  return { message: `${thrown.name}: ${first.trim()}${remedy}`, ...placeOf(thrown.stack ?? '') }
}

/** A stack begins with the place of a syntax error (`file:///app/x.ts:3`), or lists frames (`at f (file:///…:3:5)`). */
function placeOf(stack: string): Pick<Thrown, 'file' | 'line'> {
  const [, file, line] = /^((?:file:\/\/)?\/.*):(\d+)$|^$/m.exec(stack.split('\n', 1)[0] ?? '') ?? []
  if (file !== undefined) return { file: asPath(file), line: Number(line) }
  // Frames of our own files, which called the config, are no place that a user can do anything about.
  for (const [, frameFile = '', frameLine] of stack.matchAll(
    /^\s+at .*?((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/gm,
  )) {
    if (!frameFile.startsWith(OURS)) return { file: asPath(frameFile), line: Number(frameLine) }
  }
  return {}
}

function asPath(place: string): string {
  return place.startsWith('file:') ? fileURLToPath(place.replace(/\?.*$/, '')) : place
}
