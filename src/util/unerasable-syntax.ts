/**
 * Syntax that Node cannot strip from TypeScript: what it says about it, and the place of a decorator, about which it
 * says nothing but "Invalid or unexpected token".
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const TYPE_STRIPPING = 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'

export interface Place {
  readonly file: string
  readonly line: number
}

/** Enums, namespaces with values, parameter properties. */
export function isUnerasable(error: Error): boolean {
  return 'code' in error && error.code === TYPE_STRIPPING
}

/**
 * The first decorator in a module or in what it imports by relative paths, when that is what `error` may be about.
 *
 * @param entry - path or `file:` URL of the module that was to be loaded
 */
export function decoratorBehind(error: Error, entry: string): Place | undefined {
  if (!(error instanceof SyntaxError) || error.message !== 'Invalid or unexpected token') return undefined
  const start = entry.startsWith('file:') ? fileURLToPath(entry) : entry
  const files = new Set([start])
  // A set yields what is added while it is walked.
  for (const file of files) {
    const text = read(file)
    const line = lineOfDecorator(text)
    if (line !== undefined) return { file, line }
    for (const imported of importsOf(text, file)) if (files.size < MOST_FILES) files.add(imported)
  }
  return undefined
}

const MOST_FILES = 1000

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

function importsOf(text: string, file: string): string[] {
  const imported = [...text.matchAll(IMPORT)].map(([, to = '']) => path.resolve(path.dirname(file), to))
  return imported.filter((candidate) => existsSync(candidate))
}

const NO_CODE = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/g

// Outside texts and comments no other syntax has a name behind an @ at such a place.
const DECORATOR = /(?<=^[ \t]*|[\s(,;{}])@[\p{ID_Start}$_(]/mu

function lineOfDecorator(text: string): number | undefined {
  const code = text.replaceAll(NO_CODE, (found) => found.replaceAll(/[^\n]/g, ' '))
  const index = DECORATOR.exec(code)?.index
  return index === undefined ? undefined : code.slice(0, index).split('\n').length
}
