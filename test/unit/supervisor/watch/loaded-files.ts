/** Files as a process of the server tells of them, in a folder that goes with the test. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import type { LoadedFile } from '../../../../src/wire/loaded.ts'

export const root = mkdtempSync(path.join(tmpdir(), 'tsrv-watch-'))
after(() => rmSync(root, { recursive: true }))
let count = 0

export function fileWith(text: string): string {
  const file = path.join(root, `${count++}.ts`)
  writeFileSync(file, text)
  return file
}

export const loaded = (...files: readonly string[]): LoadedFile[] =>
  files.map((file) => [file, statSync(file).mtimeMs])
