/**
 * The file of environment variables (`.env`) for the processes that run the user's code. Its variables are no
 * settings: they are read after the configuration, which names the file.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { messageOf } from '../errors.ts'
import type { Config } from './config.ts'
import { envName, FIELD_KEYS } from './fields.ts'
import type { Origin } from './given.ts'
import { invalidConfig, type Problem } from './problems.ts'

type EnvFile = Pick<Config, 'root' | 'envFile'>

/**
 * The variables of the file; the real environment wins over them, which is up to the caller. None when there is no
 * such file: loading the configuration has refused one that was named and is missing.
 *
 * @throws TsrvError TSRV_CONFIG_INVALID for a file that cannot be read
 * @example
 * const env = { ...readEnvFile(config), ...process.env }
 */
export function readEnvFile(config: EnvFile): Record<string, string> {
  const read = attempt(config)
  if (read.kind === 'failed') {
    throw invalidConfig([{ where: config.envFile, key: '', message: read.reason }])
  }
  return read.kind === 'absent' ? {} : read.variables
}

/** What is wrong with the file, and what in it will surprise its author. */
export function checkEnvFile(
  config: EnvFile,
  origin: Origin,
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const read = attempt(config)
  const place = { where: origin.name, line: origin.line, key: 'envFile', value: config.envFile }
  switch (read.kind) {
    case 'absent': {
      const message = `there is no file ${path.resolve(config.root, config.envFile)}`
      return { problems: origin.kind === 'default' ? [] : [{ ...place, message }], warnings: [] }
    }
    case 'failed':
      return { problems: [{ ...place, message: read.reason }], warnings: [] }
    case 'read':
      return { problems: [], warnings: mistaken(Object.keys(read.variables), config.envFile) }
    default:
      return read satisfies never
  }
}

type Attempt =
  | { readonly kind: 'read'; readonly variables: Record<string, string> }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string }

// A folder called .env is usually one of Python's, and no file of this kind.
const ABSENT: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EISDIR']

function attempt({ root, envFile }: EnvFile): Attempt {
  try {
    const text = readFileSync(path.resolve(root, envFile), 'utf8').replace(/^\uFEFF/, '')
    return { kind: 'read', variables: { ...parseEnv(text) } as Record<string, string> }
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && ABSENT.includes(error.code)
    return isAbsent ? { kind: 'absent' } : { kind: 'failed', reason: `cannot be read: ${messageOf(error)}` }
  }
}

const NO_SETTING =
  'is no setting here, because your code alone finds this file: write it into the config or the real environment'

function mistaken(names: readonly string[], where: string): readonly Problem[] {
  const settings = new Set<string | undefined>(FIELD_KEYS.map((key) => envName(key)))
  return names.filter((name) => settings.has(name)).map((key) => ({ where, key, message: NO_SETTING }))
}
