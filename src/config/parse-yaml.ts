/** YAML text as settings with their lines, which are exact: the parser tells where each key stands. */
import { messageOf } from '../errors.ts'
import { locateYamlKeys } from './locate-yaml.ts'
import type { Parsed } from './parse-json.ts'
import { EMPTY } from './problems.ts'

// An alias shares what it stands for, but whoever walks over all paths meets it every time: aliases of aliases
// would take for ever.
const MOST_ALIASES = 30

/** Loads the parser only here: most configs are of other formats. */
export async function parseYaml(text: string): Promise<Parsed> {
  const yaml = await import('js-yaml')
  try {
    const [data, ...more] = yaml.loadAll(text, { maxAliases: MOST_ALIASES })
    if (more.length > 0)
      return { kind: 'fault', message: 'has more than one document: expected a single one' }
    if (data === undefined || data === null) return { kind: 'fault', message: EMPTY }
    return { kind: 'data', data, lineOf: locateYamlKeys(text, yaml) }
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) {
      return { kind: 'fault', message: `is no YAML that tsrv can read: ${messageOf(error)}` }
    }
    const { reason, mark } = error
    return { kind: 'fault', ...(mark && { line: mark.line + 1 }), message: `is no YAML: ${reason}` }
  }
}
