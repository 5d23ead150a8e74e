/** Settings from the command line: the flags of the table, and `-o key.path=value` for all others. */
import { FIELD_KEYS, FIELDS, type FieldKey, findField } from './fields.ts'
import type { Given, Layer } from './given.ts'
import { NOT_A_LINE, type Problem, showValue, unknownKey } from './problems.ts'

/** One flag as the command line program registers it. */
export interface ConfigFlag {
  /** `-w, --workers <n|auto>` */
  readonly flags: string
  readonly doc: string
  readonly key: FieldKey
}

/** The flags of the table, in its order. */
export function configFlags(): readonly ConfigFlag[] {
  return FIELD_KEYS.flatMap((key) => {
    const { flag, doc } = FIELDS[key]
    return flag === undefined ? [] : [{ flags: flag, doc, key }]
  })
}

/** Values of flags by key of the table; what is undefined was not given. */
export function givenByFlags(flags: Readonly<Record<string, unknown>>): Layer {
  const given: Given[] = []
  const problems: Problem[] = []
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue
    const field = findField(name)
    const shown = /--[\w-]+/.exec(field?.flag ?? '')?.[0] ?? `--${name}`
    if (field === undefined) {
      problems.push({
        where: shown,
        key: '',
        message: unknownKey(name, FIELD_KEYS, 'no setting has this name'),
      })
      continue
    }
    const text = typeof value === 'string'
    given.push({ key: field.key, value, text, written: field.key, origin: { kind: 'flag', name: shown } })
  }
  return { given, problems, warnings: [] }
}

/** Texts of `-o`; of two for one key the later counts. */
export function givenByOverrides(overrides: readonly string[]): Layer {
  const given: Given[] = []
  const problems: Problem[] = []
  for (const override of overrides.toReversed()) {
    const equals = override.indexOf('=')
    const path = (equals === -1 ? override : override.slice(0, equals)).trim()
    const value = override.slice(equals + 1)
    const where = `-o ${showValue(path)}`
    const origin = { kind: 'override', name: where } as const
    const field = findField(path)
    if (equals < 1)
      problems.push({ where, key: '', message: 'expected key.path=value, such as -o log.level=debug' })
    else if (path.startsWith('listeners.')) {
      const listeners = { [path.slice('listeners.'.length)]: value.split(',').map((entry) => entry.trim()) }
      given.push({ key: 'listeners', value: listeners, text: false, written: path, origin })
    } else if (field === undefined) problems.push({ where, key: '', message: unknownKey(path, FIELD_KEYS) })
    else if (field.is.form === 'none') problems.push({ where, key: '', message: NOT_A_LINE })
    else given.push({ key: field.key, value, text: true, written: path, origin })
  }
  return { given, problems, warnings: [] }
}
