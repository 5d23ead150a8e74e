/** The types of the configuration, read off the table, and what a config file imports to write one. */
import type { FieldKey, FieldValues } from './fields.ts'
import type { ListenerInput, ReplacedListeners } from './listener-lists.ts'
import type { UserConfig } from './user-config.ts'

type Group = FieldKey extends infer Key ? (Key extends `${infer Name}.${string}` ? Name : never) : never
type TopKey = Exclude<FieldKey, `${string}.${string}`>
type KeyIn<Name extends Group> = Extract<FieldKey, `${Name}.${string}`>

/** Key by key, in normal form: durations are milliseconds, lists are lists. */
type ConfigValues = { readonly [Key in TopKey]: FieldValues[Key] } & {
  readonly [Name in Group]: {
    readonly [Key in KeyIn<Name> as Key extends `${Name}.${infer Rest}` ? Rest : never]: FieldValues[Key]
  }
}

/** What the server runs with: plain data, deeply frozen, every setting present. */
export type Config = ConfigValues & {
  /** Folder that relative paths in the config are relative to. */
  readonly root: string
  /** The config file, absolute; undefined when there is none. */
  readonly file: string | undefined
}

/** What a config function is called with. */
export interface ConfigContext {
  /** The verb of the command line: `start`, `config` … */
  readonly command: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What a config file may export. */
export type UserConfigExport = UserConfig | ((context: ConfigContext) => UserConfig | Promise<UserConfig>)

/**
 * Gives a config file its types; returns what it was given. Whatever is wrong with the values is reported when
 * `tsrv` reads the file: `TSRV_CONFIG_INVALID` with every problem, exit status 78.
 *
 * @example
 * import { defineConfig } from '@tsrv/server'
 * export default defineConfig({ workers: 4, taskWorkers: 4, listeners: { TaskEvent: './src/log-task.ts' } })
 */
export function defineConfig(config: UserConfigExport): UserConfigExport {
  return config
}

/**
 * Listeners that take the place of the ones tsrv ships for the event, instead of running before them.
 *
 * @example
 * listeners: { TaskEvent: replace(['./src/run-task.ts']) }
 */
export function replace(listeners: readonly ListenerInput[]): ReplacedListeners {
  return { replace: listeners }
}
