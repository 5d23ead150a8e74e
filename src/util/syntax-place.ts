/**
 * Where an error of syntax in JavaScript stands: Node prints the place when nobody catches the error, and keeps it from
 * programs that do.
 */
import { spawnSync } from 'node:child_process'
import { importedFiles } from './imported-files.ts'

export interface Place {
  readonly file: string
  readonly line: number
}

/** Milliseconds; parsing a thousand files takes half a second. */
const PATIENCE = 5000

/** Parses each file, and lets the error escape that says the same: `file:line` is the first thing that Node prints then. */
const PARSE = `
const { readFileSync } = require('node:fs')
const { stripTypeScriptTypes } = require('node:module')
const { SourceTextModule } = require('node:vm')
const [message, ...files] = JSON.parse(readFileSync(0, 'utf8'))
for (const file of files) {
  try {
    const text = readFileSync(file, 'utf8')
    new SourceTextModule(/ts$/.test(file) ? stripTypeScriptTypes(text) : text, { identifier: file })
  } catch (error) {
    if (error.message === message) throw error
  }
}`

/** @param entry - path or `file:` URL of the module that was to be loaded; looked for there and in what it imports */
export function syntaxPlace(error: Error, entry: string): Place | undefined {
  if (!(error instanceof SyntaxError)) return undefined
  const files = [...importedFiles(entry)].map(({ file }) => file)
  const { stderr } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', '-e', PARSE],
    {
      input: JSON.stringify([error.message, ...files]),
      // Its NODE_OPTIONS may name loaders of the user's.
      env: {},
      encoding: 'utf8',
      timeout: PATIENCE,
    },
  )
  const [, file = '', line] = /^(\/.*):(\d+)$/m.exec(stderr) ?? []
  return files.includes(file) ? { file, line: Number(line) } : undefined
}
