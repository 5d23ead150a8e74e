/** A config out of an object in the same process: for programs and tests that have no command line. */
import type { Config } from './config.ts'
import { type EventNames, unknownEvents } from './event-names.ts'
import { givenByObject } from './given.ts'
import { merge } from './merge.ts'
import { invalidConfig } from './problems.ts'
import type { UserConfig } from './user-config.ts'
import { validate } from './validate.ts'

/**
 * @param where what problems call the object
 * @throws TsrvError TSRV_CONFIG_INVALID with all problems
 */
export function configFromObject(
  settings: UserConfig,
  { root, where, events }: { readonly root: string; readonly where: string; readonly events: EventNames },
): Config {
  const layer = givenByObject(settings, where, () => undefined)
  const { checked, problems } = validate(layer.given)
  const all = [...layer.problems, ...problems, ...unknownEvents(layer.given, events)]
  if (all.length > 0) throw invalidConfig(all)
  return merge(checked, { root, file: undefined }).config
}
