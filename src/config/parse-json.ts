/** JSON text as settings with their lines; also the part of a package.json that is ours. */
import { messageOf } from '../errors.ts'
import type { LineOf } from './given.ts'
import { locateKeys } from './locate.ts'

/** What a parser made of a text: data with the lines of its key paths, or the one reason why it is none. */
export type Parsed =
  | { readonly kind: 'data'; readonly data: unknown; readonly lineOf: LineOf }
  | { readonly kind: 'fault'; readonly line?: number | undefined; readonly message: string }

export function parseJson(text: string): Parsed {
  try {
    return { kind: 'data', data: JSON.parse(text), lineOf: locateKeys(text) }
  } catch (error) {
    return { kind: 'fault', ...syntaxError(text, messageOf(error)) }
  }
}

const OWN_KEY = 'tsrv'

/** The settings of a package.json: its key "tsrv". */
export function parsePackageJson(text: string): Parsed {
  const whole = parseJson(text)
  if (whole.kind === 'fault') return whole
  const { data, lineOf } = whole
  if (!hasOwnKey(data)) {
    return { kind: 'fault', message: 'has no key "tsrv": put the settings under it' }
  }
  return {
    kind: 'data',
    data: data[OWN_KEY],
    lineOf: (path) => lineOf(path === '' ? OWN_KEY : `${OWN_KEY}.${path}`),
  }
}

/** Whether a package.json has settings; one that is no JSON has them when it looks so, to be refused by name. */
export function hasOwnSettings(text: string): boolean {
  try {
    return hasOwnKey(JSON.parse(text))
  } catch {
    return /"tsrv"\s*:/.test(text)
  }
}

function hasOwnKey(data: unknown): data is { readonly [OWN_KEY]: unknown } {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, OWN_KEY)
}

/** V8 tells the place in its message, in one of two ways; at the end of the text it tells none. */
function syntaxError(text: string, message: string): { line: number; message: string } {
  const told = /\(line (\d+) column \d+\)/.exec(message)?.[1]
  const position = /at position (\d+)/.exec(message)?.[1]
  const line = told ?? text.slice(0, position === undefined ? undefined : Number(position)).split('\n').length
  const [reason = ''] = message.split(/ in JSON at position | \(line |, "|, \.\.\./, 1)
  return { line: Number(line), message: `is no JSON: ${reason.replaceAll(/\s+/g, ' ')}` }
}
