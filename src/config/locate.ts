/**
 * On which line a key stands in the text of a JSON, JavaScript or TypeScript file. Exact for JSON; in code a search
 * that answers "unknown" rather than a wrong line when a key path occurs more than once.
 */
import type { LineOf } from './given.ts'

/** A `(`, `[` or `{` that is open, with what it belongs to. */
interface Frame {
  /** The bracket, or `type` for the braces of a type. */
  readonly bracket: string
  /** Key being given a value, in `{`. */
  key: string | undefined
  /** Position of the current element, in `[`. */
  index: number
}

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|[\p{ID_Start}$_@][\p{ID_Continue}$.-]*|[{}[\](),:]|\n|[^\s]/gu

const EXPORT = /^\s*(?:export\s+default\b|module\.exports\b|export\s*=)/m

/** Lines of the key paths of a text; parts of a path that cannot be found fall back to the part around them. */
export function locateKeys(text: string): LineOf {
  const found = scan(text)
  const exportLine = lineAt(text, EXPORT.exec(text)?.index ?? 0)
  const exactly = (path: string): number | undefined => {
    const lines = found.get(path) ?? []
    // What is exported usually stands behind `export default`; a type or a constant of the same shape before it.
    const exported = lines.filter((line) => line >= exportLine)
    return exported[0] ?? (lines.length === 1 ? lines[0] : undefined)
  }
  return (path) => withParents(path, exactly)
}

/** Asks for `a.b[1]`, then `a.b`; not for `a`, which may be far away and is right itself. */
export function withParents(path: string, exactly: LineOf): number | undefined {
  for (let part = path; part !== ''; part = part.replace(/\[\d+\](?:\.[^.[\]]+)?$|\.replace$/, '')) {
    const line = exactly(part)
    if (line !== undefined) return line
    if (!/\[\d+\]|\.replace$/.test(part)) return undefined
  }
  return undefined
}

function scan(text: string): Map<string, number[]> {
  const found = new Map<string, number[]>()
  const frames: Frame[] = []
  const before: Token[] = [{ text: '', line: 0 }]
  for (const token of tokens(text)) {
    const frame = frames.at(-1)
    const [last] = before
    const begins = last?.text === '[' || last?.text === ','
    if (frame?.bracket === '[' && begins && token.text !== ']') record(found, pathOf(frames), token.line)
    const key = frame?.bracket === '{' ? keyBefore(token.text, before) : undefined
    if (frame !== undefined && key !== undefined) {
      frame.key = key.text
      record(found, pathOf(frames), key.line)
    }
    if ('{[('.includes(token.text)) frames.push(open(token.text, before))
    else if ('}])'.includes(token.text)) frames.pop()
    else if (token.text === ',' && frame !== undefined) {
      frame.key = undefined
      frame.index += 1
    }
    before.unshift(token)
    before.length = Math.min(before.length, 3)
  }
  return found
}

interface Token {
  readonly text: string
  readonly line: number
}

/** Without comments and line ends. */
function* tokens(text: string): Generator<Token> {
  let line = 1
  for (const [token] of text.matchAll(TOKEN)) {
    if (token !== '\n' && !token.startsWith('//') && !token.startsWith('/*')) yield { text: token, line }
    line += token.split('\n').length - 1
  }
}

/** The key that a `:` ends, or a property in shorthand that a `,` or `}` ends: `{ port, workers }`. */
function keyBefore(token: string, [last, beforeLast]: readonly Token[]): Token | undefined {
  const begins = beforeLast?.text === '{' || beforeLast?.text === ','
  const text = begins && last !== undefined ? keyOf(last.text) : undefined
  const ends = token === ':' || ((token === ',' || token === '}') && /^[^"']/.test(last?.text ?? ''))
  return last === undefined || text === undefined || !ends ? undefined : { text, line: last.line }
}

/** Members of `interface X {` and `type X = {` look like keys but are none. */
function open(bracket: string, [last, second, third]: readonly Token[]): Frame {
  const isType = second?.text === 'interface' || (last?.text === '=' && third?.text === 'type')
  return { bracket: isType ? 'type' : bracket, key: undefined, index: 0 }
}

function keyOf(token: string): string | undefined {
  if (/^["']/.test(token)) return unquote(token)
  return /^[\p{ID_Start}$_]/u.test(token) ? token : undefined
}

function unquote(token: string): string {
  try {
    return token.startsWith('"') ? String(JSON.parse(token)) : token.slice(1, -1)
  } catch {
    return token.slice(1, -1)
  }
}

// Frames without a key (a function body, the parentheses of a call) add nothing: only the nesting of keys counts.
// A type adds what stands in no key path, so that nothing inside it is found.
function pathOf(frames: readonly Frame[]): string {
  let path = ''
  for (const { bracket, key, index } of frames) {
    if (bracket === 'type') path += '<type>'
    else if (bracket === '[') path += `[${index}]`
    else if (key !== undefined) path += path === '' ? key : `.${key}`
  }
  return path
}

function record(found: Map<string, number[]>, path: string, line: number): void {
  const lines = found.get(path)
  if (lines === undefined) found.set(path, [line])
  else lines.push(line)
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
