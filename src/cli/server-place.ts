/** Which configuration a command means, and where its server keeps its files; found without evaluating it. */
import { processEnv } from '../config/env.ts'
import { findConfigFile, type FoundConfig } from '../config/find-file.ts'
import { locateRunDirectory, type RunDirectory } from '../control/run-directory.ts'
import { TsrvError } from '../errors.ts'

export interface ServerPlace extends FoundConfig {
  readonly paths: RunDirectory
}

/** @param named value of `-c` */
export function locateServer(named: string | undefined): ServerPlace {
  const found = findConfigFile({ cwd: process.cwd(), file: named })
  const explicit = named !== undefined && !isDiscovered(found)
  const override = processEnv()['TSRV_RUN_DIR']
  return { ...found, paths: locateRunDirectory({ ...found, explicit, override }) }
}

/** A config named by `-c` that discovery would find anyway is the same server with or without `-c`. */
function isDiscovered({ file, root }: FoundConfig): boolean {
  try {
    return findConfigFile({ cwd: root }).file === file
  } catch (error) {
    // Two candidates in that folder: `-c` is what chooses between them.
    if (error instanceof TsrvError) return false
    throw error
  }
}
