/** One setting: a row of the table in `fields.ts`. */
import type { Kind } from './kinds.ts'

export interface Field {
  readonly is: Kind<unknown, unknown>
  /** In its normal form; undefined for a setting that is absent unless given. */
  readonly default: unknown
  /** As the command line program takes it. */
  readonly flag?: string
  /** Its name in `[swoole]`, and how its text there becomes text of ours. */
  readonly swoole?: { readonly key: string; readonly read?: (written: string) => string }
  /** Never shown: the whole of it, or these keys of it. */
  readonly secret?: true | readonly string[]
  /** What a change needs: nothing, new workers, or a new start of the whole server. */
  readonly reload: 'live' | 'workers' | 'restart'
  /** One sentence; units and special values included. */
  readonly doc: string
}

/** A row; the value type of the default is checked against the kind. */
export function row<Input, Value, const Default extends Value | undefined>(
  field: Omit<Field, 'is' | 'default'> & { readonly is: Kind<Input, Value>; readonly default: Default },
): Row<Input, Value | Extract<Default, undefined>> {
  return field
}

/** A row with the types that `Config` and `UserConfig` are read from. */
export interface Row<Input, Value> extends Field {
  readonly types?: { readonly input: Input; readonly value: Value }
}
