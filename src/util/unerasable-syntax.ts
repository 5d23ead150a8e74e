/**
 * Syntax that Node cannot strip from TypeScript: what it says about it, and the place of a decorator, about which it
 * says nothing but "Invalid or unexpected token".
 */
import { importedFiles, NO_CODE } from './imported-files.ts'
import type { Place } from './syntax-place.ts'

const TYPE_STRIPPING = 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'

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
  for (const { file, text } of importedFiles(entry)) {
    const line = lineOfDecorator(text)
    if (line !== undefined) return { file, line }
  }
  return undefined
}

// Outside texts and comments no other syntax has a name behind an @ at such a place.
const DECORATOR = /(?<=^[ \t]*|[\s(,;{}])@[\p{ID_Start}$_(]/mu

function lineOfDecorator(text: string): number | undefined {
  const code = text.replaceAll(NO_CODE, (found) => found.replaceAll(/[^\n]/g, ' '))
  const index = DECORATOR.exec(code)?.index
  return index === undefined ? undefined : code.slice(0, index).split('\n').length
}
