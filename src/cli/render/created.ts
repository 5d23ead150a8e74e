/** What `tsrv init` has made, and what to do next. */
import path from 'node:path'
import { printable, printLine, styled } from './terminal.ts'

export interface Created {
  /** Absolute. */
  readonly target: string
  readonly template: string
  readonly files: readonly string[]
}

export function printCreated({ target, template, files }: Created): void {
  const dir = path.relative('', target)
  const place = dir === '' ? 'this folder' : printable(dir)
  printLine(`${styled('green', '✓')} A new project in ${place}, from the template "${template}":`)
  for (const file of files) printLine(`    ${file}`)
  const steps = [...(dir === '' ? [] : [`cd ${quoted(dir)}`]), 'npm install', 'npm start']
  printLine(`\nNext:\n${steps.map((step) => `  ${step}`).join('\n')}`)
}

/** As a shell wants it. */
function quoted(word: string): string {
  if (/^[\w./~+-][\w./~+-]*$/.test(word) && !word.startsWith('-')) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}
