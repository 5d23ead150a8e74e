/**
 * On which line a key stands in the text of a JSON, JavaScript or TypeScript file. Exact for JSON; in code a search
 * that answers "unknown" rather than a wrong line when a key path occurs more than once.
 */
import type { LineOf } from './given.ts'

/** A `(`, `[` or `{` that is open, with what it belongs to. */
interface Frame {
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
  let line = 1
  let before = ''
  let candidate: string | undefined
  for (const [token] of text.matchAll(TOKEN)) {
    const frame = frames.at(-1)
    const startsElement = frame?.bracket === '[' && (before === '[' || before === ',') && token !== ']'
    if (token === '\n' || token.startsWith('//') || token.startsWith('/*')) {
      line += token.split('\n').length - 1
      continue
    }
    if (startsElement) record(found, pathOf(frames), line)
    if ('{[('.includes(token)) frames.push({ bracket: token, key: undefined, index: 0 })
    else if ('}])'.includes(token)) frames.pop()
    else if (token === ',' && frame !== undefined) {
      frame.key = undefined
      frame.index += 1
    } else if (token === ':' && frame?.bracket === '{' && candidate !== undefined) {
      frame.key = candidate
      record(found, pathOf(frames), line)
    }
    candidate = before === '{' || before === ',' ? keyOf(token) : undefined
    before = token
    line += token.split('\n').length - 1
  }
  return found
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
function pathOf(frames: readonly Frame[]): string {
  let path = ''
  for (const { bracket, key, index } of frames) {
    if (bracket === '[') path += `[${index}]`
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
