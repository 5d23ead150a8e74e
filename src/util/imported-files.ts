/** A module and what it imports by relative paths, found in their texts: for errors about which Node names no file. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export interface SourceFile {
  readonly file: string
  readonly text: string
}

const MOST_FILES = 1000

/** @param entry - path or `file:` URL of the first module; a file that cannot be read counts as empty */
export function* importedFiles(entry: string): Generator<SourceFile> {
  const files = new Set([entry.startsWith('file:') ? fileURLToPath(entry) : entry])
  // A set yields what is added while it is walked.
  for (const file of files) {
    const text = read(file)
    yield { file, text }
    for (const imported of importsOf(text, file)) if (files.size < MOST_FILES) files.add(imported)
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

function importsOf(text: string, file: string): string[] {
  const code = text.replaceAll(NO_CODE, (found) => (found.startsWith('/') ? '' : found))
  const imported = [...code.matchAll(IMPORT)].map(([, to = '']) => path.resolve(path.dirname(file), to))
  return imported.filter((candidate) => existsSync(candidate))
}

/** Comments and texts. */
export const NO_CODE =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/g
