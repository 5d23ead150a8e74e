/** Another process that owns a store, see `fixtures/store-owner.ts`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { newPlace, type Place } from './sqlite-place.ts'

const OWNER = path.join(import.meta.dirname, '../../fixtures/store-owner.ts')

export interface Owner {
  readonly process: ChildProcess
  /** What it has told of its steps. */
  readonly told: () => string
  /** What it has printed as errors. */
  readonly errors: () => string
}

/**
 * @param args first id, rounds, durability
 * @param wrapper a program, with arguments, that runs it
 */
export function startOwner(
  { file }: Place,
  args: readonly string[] = [],
  wrapper: readonly string[] = [],
): Owner {
  const { folder } = newPlace()
  // Files and not pipes: writing to them never waits, and a kill loses nothing of what was written.
  const [out, err] = ['told', 'errors'].map((name) => path.join(folder, name)) as [string, string]
  const files = [openSync(out, 'a'), openSync(err, 'a')]
  const [command = '', ...rest] = [...wrapper, process.execPath, OWNER, file, ...args]
  const owner = spawn(command, rest, { stdio: ['ignore', ...files] })
  for (const one of files) closeSync(one)
  return { process: owner, told: () => readFileSync(out, 'utf8'), errors: () => readFileSync(err, 'utf8') }
}
