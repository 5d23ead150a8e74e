/** Which configuration a command means, and where its server keeps its files; found without evaluating it. */
import { processEnv } from '../config/env.ts'
import { findConfigFile, findConfigRoot, type FoundConfig } from '../config/find-file.ts'
import { isReadOnly } from '../control/read-only.ts'
import { locateRunDirectory, type RunDirectory } from '../control/run-directory.ts'
import { TsrvError } from '../errors.ts'

export interface ServerPlace extends FoundConfig {
  readonly paths: RunDirectory
}

/** @param named value of `-c` */
export function locateServer(named: string | undefined): ServerPlace {
  const found = find(named)
  const explicit = named !== undefined && !isDiscovered(found)
  const override = processEnv()['TSRV_RUN_DIR']
  const question = { ...found, explicit, override }
  const paths = locateRunDirectory(question)
  // The same answer for every command, as long as nobody changes the rights of that folder under a running server.
  return {
    ...found,
    paths: isReadOnly(paths.dir) ? locateRunDirectory({ ...question, readOnly: true }) : paths,
  }
}

function find(named: string | undefined): FoundConfig {
  const cwd = process.cwd()
  try {
    return findConfigFile({ cwd, file: named })
  } catch (error) {
    // A second file has come beside that of a server which runs: it can be asked and stopped all the same.
    if (error instanceof TsrvError && error.code === 'TSRV_CONFIG_AMBIGUOUS')
      return { root: findConfigRoot(cwd), file: undefined }
    throw error
  }
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
