/** What `tsrv init` has made, and what to do next. */
import path from 'node:path'
import { printable, printLine, styled } from './terminal.ts'

export interface Created {
  /** Absolute. */
  readonly target: string
  readonly template: string
  /** Or more files for one. */
  readonly isProject: boolean
  readonly files: readonly string[]
  /** Commands. */
  readonly next: readonly string[]
}

export function printCreated({ target, template, isProject, files, next }: Created): void {
  const dir = path.relative('', target)
  const place = dir === '' ? 'this folder' : printable(dir)
  const what = isProject ? `A new project in ${place}` : `Added to ${place}`
  printLine(`${styled('green', '✓')} ${what}, from the template "${template}":`)
  for (const file of files) printLine(`    ${file}`)
  const steps = [...(dir === '' ? [] : [`cd ${quoted(dir)}`]), ...next]
  printLine(`\nNext:\n${steps.map((step) => `  ${step}`).join('\n')}`)
}

/** As a shell wants it. */
function quoted(word: string): string {
  if (/^[\w./~+-][\w./~+-]*$/.test(word) && !word.startsWith('-')) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}
