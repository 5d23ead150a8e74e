/** Where the server that a command means keeps its files; found without evaluating the configuration. */
import { findConfigFile, type FoundConfig } from '../config/find-file.ts'
import { processEnv } from '../config/env.ts'
import { locateRunDirectory, type RunDirectory } from '../control/run-directory.ts'
import { TsrvError } from '../errors.ts'

/** @param file value of `-c` */
export function locateServer(file: string | undefined): RunDirectory {
  const cwd = process.cwd()
  const found = findConfigFile({ cwd, file })
  const override = processEnv()['TSRV_RUN_DIR']
  return locateRunDirectory({ ...found, explicit: isAnother(found, file), override })
}

/** A config named by `-c` that discovery would find anyway is the same server with or without `-c`. */
function isAnother({ file, root }: FoundConfig, named: string | undefined): boolean {
  if (named === undefined) return false
  try {
    return findConfigFile({ cwd: root }).file !== file
  } catch (error) {
    // Two candidates in that folder: `-c` is what chooses between them.
    if (error instanceof TsrvError) return true
    throw error
  }
}
