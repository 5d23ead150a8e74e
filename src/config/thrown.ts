/** What a config file threw while it was loaded, reduced to a sentence and the place where it happened. */
import { fileURLToPath } from 'node:url'
import { type Place, syntaxPlace } from '../util/syntax-place.ts'
import { decoratorBehind, isUnerasable } from '../util/unerasable-syntax.ts'

export interface Thrown {
  readonly message: string
  readonly file?: string | undefined
  readonly line?: number | undefined
}

/** @param config - path of the config, looked into when an error of syntax tells no place */
export function describeThrown(thrown: unknown, config: string): Thrown {
  if (!(thrown instanceof Error)) return { message: `threw ${String(thrown)}` }
  const decorator = decoratorBehind(thrown, config)
  if (decorator !== undefined) {
    return { message: `${thrown.name}: Decorators are not supported. ${REMEDY}`, ...decorator }
  }
  const stack = thrown.stack ?? ''
  const place = headOf(stack) ?? frameOf(stack) ?? syntaxPlace(thrown, config)
  return { message: `${thrown.name}: ${sentenceOf(thrown)}`, ...place }
}

const REMEDY =
  'Node strips types and nothing more: no enums, namespaces with values, parameter properties or decorators in a config file'

function sentenceOf(error: Error): string {
  const [first = ''] = error.message.split('\n', 1)
  // The parser of types goes on to list two dozen tokens that might have followed.
  const short = first.replace(/\. Expected \.{3} .*$/, '').trim()
  return isUnerasable(error) ? `${short}. ${REMEDY}` : short
}

/** Errors of syntax and of linking begin their stack with the place: `file:///app/x.ts:3`. */
function headOf(stack: string): Place | undefined {
  const [, file, line] = /^((?:file:\/\/)?\/[^\n]*):(\d+)\n/.exec(stack) ?? []
  return file === undefined ? undefined : placeAt(file, line)
}

const OURS = new URL('..', import.meta.url).href

/** The innermost frame that is neither Node's nor ours, for which a user could do nothing. */
function frameOf(stack: string): Place | undefined {
  const frames = stack.matchAll(/^\s+at (?:.* \(|async )?((?:file:\/\/)?\/[^()\n]*):(\d+):\d+\)?$/gm)
  for (const [, file = '', line] of frames) {
    if (!file.startsWith(OURS)) return placeAt(file, line)
  }
  return undefined
}

function placeAt(file: string, line: string | undefined): Place {
  return {
    file: file.startsWith('file:') ? fileURLToPath(file.replace(/\?.*$/, '')) : file,
    line: Number(line),
  }
}
