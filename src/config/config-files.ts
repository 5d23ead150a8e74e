/** The files that a configuration is made of, for those who watch them. */
import { realpathSync } from 'node:fs'
import path from 'node:path'
import { writtenAt } from '../util/written-at.ts'
import type { LoadedFile } from '../wire/loaded.ts'
import { OWN_NAMES } from './file-names.ts'
import type { FoundConfig } from './find-file.ts'

/** The config file; without one, where one could appear. */
export function configFiles({ root, file }: FoundConfig): readonly LoadedFile[] {
  return file === undefined ? OWN_NAMES.map((name) => [path.join(root, name), null]) : watchable(file)
}

export function envFiles({
  root,
  envFile,
}: {
  readonly root: string
  readonly envFile: string
}): readonly LoadedFile[] {
  return watchable(path.resolve(root, envFile))
}

/** A link is two files: it may be pointed elsewhere, and what it points to may be written. */
function watchable(file: string): readonly LoadedFile[] {
  const time = writtenAt(file)
  const real = time === null ? file : realpathSync(file)
  return [file, ...(real === file ? [] : [real])].map((one) => [one, time])
}
