/** From file, environment and command line to the one frozen config, or to every problem at once. */
import type { Config } from './config.ts'
import { givenByEnv } from './env.ts'
import { checkEnvFile } from './env-file.ts'
import { configFiles, envFiles } from './config-files.ts'
import type { EvaluateReply, OnLoaded } from './evaluate.ts'
import { type EventNames, unknownEvents } from './event-names.ts'
import { findConfigFile } from './find-file.ts'
import { givenByFlags, givenByOverrides } from './flags.ts'
import type { Layer, Origin } from './given.ts'
import { BY_DEFAULT, merge } from './merge.ts'
import { idleSchedules, unknownQueues, wrongSchedules } from './agreements.ts'
import { invalidConfig, type Problem } from './problems.ts'
import { readConfigFile } from './read-file.ts'
import { checkTls } from './tls-files.ts'
import { type Checked, validate } from './validate.ts'

export interface LoadConfigOptions {
  /** Folder in which discovery starts and that shown file names are relative to. */
  readonly cwd: string
  /** The file of `-c`, relative to `cwd`; without it the nearest config file is found. */
  readonly file?: string | undefined
  /** The verb, for config functions. */
  readonly command: string
  /** By key of the table, as the command line gave them: `{ port: '3000' }`; undefined is not given. */
  readonly flags: Readonly<Record<string, unknown>>
  /** Texts of `-o`: `key.path=value`. */
  readonly overrides: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** The events that listeners may be for; without it their names are not checked. */
  readonly events?: EventNames | undefined
  /** Folder for the compile cache of the process that evaluates a module config. */
  readonly cacheDir?: string | undefined
  /** An evaluation of the config file that the caller has begun already, to save time. */
  readonly evaluation?: Promise<EvaluateReply> | undefined
  /** Ends the evaluation of a module config. */
  readonly signal?: AbortSignal | undefined
  /** Hears of the files that the configuration is made of, also when it is wrong. */
  readonly onLoaded?: OnLoaded | undefined
}

export interface LoadedConfig {
  readonly config: Config
  /** Where the value of each setting came from, by key of the table; each event of `listeners` has its own, too. */
  readonly origins: ReadonlyMap<string, Origin>
  /** What is odd but does not stop the start. */
  readonly warnings: readonly Problem[]
}

/**
 * Settings are taken from flags, `-o`, `TSRV_*`, `PORT`, the file, the defaults, in this order. Values that a
 * stronger source overrides are checked all the same, so that a start without the flag does not come as a surprise.
 *
 * @throws TsrvError TSRV_CONFIG_INVALID with all problems, TSRV_CONFIG_NOT_FOUND, TSRV_CONFIG_AMBIGUOUS
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { root, file } = findConfigFile(options)
  options.onLoaded?.(configFiles({ root, file }))
  const layers = [
    givenByFlags(options.flags),
    givenByOverrides(options.overrides),
    givenByEnv(options.env),
    file === undefined ? NOTHING : await readConfigFile({ ...options, file }),
  ]
  const results = layers.map((layer) => ({ ...layer, ...validated(layer, options.events) }))
  const problems = results.flatMap((result) => result.problems)
  if (problems.length > 0) throw invalidConfig(problems)
  const { config, origins } = merge(
    results.flatMap(({ checked }) => checked),
    { root, file },
  )
  options.onLoaded?.(envFiles(config))
  const envFile = checkEnvFile(config, origins.get('envFile') ?? BY_DEFAULT)
  const misrouted = unknownQueues(config, origins.get('tasks.routes') ?? BY_DEFAULT)
  const ofSchedules = origins.get('schedules') ?? BY_DEFAULT
  const tls = await checkTls(config, origins.get('http.tls') ?? BY_DEFAULT)
  const wrong = await wrongSchedules(config, ofSchedules)
  const disagreements = [...envFile.problems, ...misrouted, ...tls.problems, ...wrong]
  if (disagreements.length > 0) throw invalidConfig(disagreements)
  const idle = idleSchedules(config, ofSchedules)
  const given = layers.flatMap((layer) => layer.warnings)
  const warnings = [...given, ...envFile.warnings, ...tls.warnings, ...idle]
  return { config, origins, warnings }
}

const NOTHING: Layer = { given: [], problems: [], warnings: [] }

/** All problems of a source, in the order of its lines. */
function validated(
  layer: Layer,
  events?: EventNames,
): { checked: readonly Checked[]; problems: readonly Problem[] } {
  const { checked, problems } = validate(layer.given)
  const unknown = events === undefined ? [] : unknownEvents(layer.given, events)
  const all = [...layer.problems, ...problems, ...unknown]
  return { checked, problems: all.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0)) }
}
