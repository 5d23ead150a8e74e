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
const PATIENCE = 2000

/** Parses each file, and lets the error escape if one of them alone says the same: Node prints `file:line` first then. */
const PARSE = `
const { readFileSync } = require('node:fs')
const { stripTypeScriptTypes } = require('node:module')
const { SourceTextModule } = require('node:vm')
const [message, ...files] = JSON.parse(readFileSync(0, 'utf8'))
const found = files.flatMap((file) => {
  try {
    const text = readFileSync(file, 'utf8')
    new SourceTextModule(/ts$/.test(file) ? stripTypeScriptTypes(text) : text, { identifier: file })
    return []
  } catch (error) {
    return error.message === message ? [error] : []
  }
})
if (found.length === 1) throw found[0]`

/** What Node takes for a module of its own accord; others would be wrong as such. */
const MODULE = /\.m?[jt]s$/

/** @param entry - path or `file:` URL of the module that was to be loaded; looked for there and in what it imports */
export function syntaxPlace(error: Error, entry: string): Place | undefined {
  if (!(error instanceof SyntaxError)) return undefined
  const files = [...importedFiles(entry)].map(({ file }) => file).filter((file) => MODULE.test(file))
  const [, file = '', line] = /^(\/.*):(\d+)$/m.exec(parse(error.message, files)) ?? []
  return files.includes(file) ? { file, line: Number(line) } : undefined
}

function parse(message: string, files: readonly string[]): string {
  const parser = ['--experimental-vm-modules', '--no-warnings', '-e', PARSE]
  try {
    return spawnSync(process.execPath, parser, {
      input: JSON.stringify([message, ...files]),
      // Its NODE_OPTIONS may name loaders of the user's.
      env: {},
      encoding: 'utf8',
      timeout: PATIENCE,
    }).stderr
  } catch {
    // It may not start processes, as under `--permission`.
    return ''
  }
}
