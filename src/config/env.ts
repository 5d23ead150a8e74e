/** Settings from the environment, and the one place that reads `process.env` outside the entries. */
import { envName, FIELD_KEYS } from './fields.ts'
import type { Given, Layer } from './given.ts'
import { type Problem, unknownKey } from './problems.ts'

export type Env = Readonly<Record<string, string | undefined>>

export function processEnv(): Env {
  return process.env
}

const PREFIX = 'TSRV_'

/** Names of ours that are no settings. */
const INTERNAL: readonly string[] = ['TSRV_RUN_DIR', 'TSRV_DEBUG', 'TSRV_RERUN', 'TSRV_ROLE']

// Kubernetes puts these into every pod beside a Service called "tsrv"; nobody meant them as settings.
const SERVICE_LINK = /^TSRV_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//

/** `TSRV_*`, then plain `PORT`, which hosting platforms set; an empty value is not given. */
export function givenByEnv(env: Env): Layer {
  const keys = new Map(FIELD_KEYS.map((key) => [envName(key), key]))
  const given: Given[] = []
  const problems: Problem[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || value === undefined || value === '' || isForeign(name, value)) continue
    const key = keys.get(name)
    if (key !== undefined) given.push(givenBy(name, key, value))
    else problems.push({ where: name, key: '', message: unknownName(name, [...keys.keys()]) })
  }
  const port = env['PORT']
  const hasPort = given.some(({ key }) => key === 'port')
  if (port !== undefined && port !== '' && !hasPort) given.push(givenBy('PORT', 'port', port))
  return { given, problems, warnings: [] }
}

function isForeign(name: string, value: string): boolean {
  return (
    INTERNAL.includes(name) ||
    SERVICE_LINK.test(name) ||
    (name === 'TSRV_PORT' && SERVICE_ADDRESS.test(value))
  )
}

function givenBy(name: string, key: Given['key'], value: string): Given {
  return { key, value, text: true, written: key, origin: { kind: 'env', name } }
}

function unknownName(name: string, known: readonly (string | undefined)[]): string {
  const names = known.filter((candidate) => candidate !== undefined)
  const bare = names.map((candidate) => candidate.slice(PREFIX.length))
  const message = unknownKey(name.slice(PREFIX.length), bare, 'no setting has this name')
  return message.replace('did you mean "', `did you mean "${PREFIX}`)
}
