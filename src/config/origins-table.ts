/** `tsrv config --where`: every setting with the source of its value, in aligned columns. */
import { FIELD_KEYS } from './fields.ts'
import type { Origin } from './given.ts'
import type { LoadedConfig } from './load.ts'
import { withoutSecret } from './secrets.ts'

/** A header, then a line for each setting; each event under `listeners` is one of its own. */
export function originsTable({
  config,
  origins,
}: Pick<LoadedConfig, 'config' | 'origins'>): readonly string[] {
  const rows = FIELD_KEYS.flatMap((key): Row[] => {
    const found = key.split('.').reduce<unknown>((part, name) => Reflect.get(part as object, name), config)
    const value = withoutSecret(key, found)
    const events = key === 'listeners' ? Object.entries(config.listeners) : []
    const row = (path: string, content: unknown): Row => [path, source(origins.get(path)), shown(content)]
    return events.length === 0
      ? [row(key, value)]
      : events.map(([event, listeners]) => row(`${key}.${event}`, listeners))
  })
  return aligned([['SETTING', 'FROM', 'VALUE'], ...rows])
}

type Row = readonly [setting: string, from: string, value: string]

function source(origin: Origin | undefined): string {
  if (origin === undefined) return 'default'
  return origin.line === undefined ? origin.name : `${origin.name}:${origin.line}`
}

function shown(value: unknown): string {
  return value === undefined ? '-' : JSON.stringify(value)
}

// The value stands last, because it alone may be of any length.
function aligned(rows: readonly Row[]): readonly string[] {
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length)) + 2
  const [first, second] = [width(0), width(1)]
  return rows.map(([setting, from, value]) => `${setting.padEnd(first)}${from.padEnd(second)}${value}`)
}
