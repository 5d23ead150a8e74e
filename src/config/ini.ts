/** What the entries of an INI file mean: settings under our names or Swoole's, and listeners. */
import { FIELD_KEYS, FIELDS, type FieldKey, findField } from './fields.ts'
import type { Given, Layer, Origin } from './given.ts'
import { type IniEntry, scanIni } from './ini-scan.ts'
import { withParents } from './locate.ts'
import { NOT_A_LINE, type Problem, showValue, unknownKey } from './problems.ts'
import { isTlsKey, TLS_REFUSED, type TlsPart, tlsPartOf } from './tls-setting.ts'

/** Reads what the file gives; `where` is its shown name. */
export async function givenByIni(text: string, where: string): Promise<Layer> {
  const { entries, faults } = await scanIni(text)
  const given = new Map<FieldKey, Given>()
  const listeners: IniEntry[] = []
  const tls = new Map<TlsPart, IniEntry>()
  const problems: Problem[] = faults.map((fault) => ({ where, ...fault }))
  const warnings: Problem[] = []
  for (const entry of entries) {
    const meaning = meaningOf(entry)
    const place = { where, line: entry.line, key: entry.section === 'tsrv' ? entry.path : entry.key }
    switch (meaning.kind) {
      case 'setting': {
        const before = given.get(meaning.key)
        if (before !== undefined && !entry.isList) warnings.push({ ...place, message: twice(before) })
        given.set(meaning.key, settingOf(meaning, entry, place, before))
        break
      }
      case 'listener':
        listeners.push(entry)
        break
      case 'tls':
        tls.set(meaning.part, entry)
        break
      case 'refused':
        problems.push({ ...place, value: meaning.value, message: meaning.message })
        break
      case 'ignored':
        if (meaning.warning !== undefined) warnings.push({ ...place, message: meaning.warning })
        break
      default:
        meaning satisfies never
    }
  }
  const all = [...given.values(), ...tlsOf(tls, where), ...listenersOf(listeners, where)]
  return { given: all, problems, warnings }
}

type Meaning =
  | { readonly kind: 'setting'; readonly key: FieldKey; readonly value: string }
  | { readonly kind: 'listener' }
  | { readonly kind: 'tls'; readonly part: TlsPart }
  | { readonly kind: 'refused'; readonly message: string; readonly value?: string }
  | { readonly kind: 'ignored'; readonly warning?: string }

function meaningOf(entry: IniEntry): Meaning {
  switch (entry.section) {
    case 'tsrv':
      return own(entry)
    case 'swoole':
      return swoole(entry) ?? ignoredSwoole(entry)
    case 'listeners':
      return { kind: 'listener' }
    case '': {
      const meant = findField(entry.path) !== undefined
      return {
        kind: 'ignored',
        ...(meant && { warning: 'stands in no section and is ignored: move it under [tsrv]' }),
      }
    }
    default:
      return entry.section satisfies never
  }
}

function own(entry: IniEntry): Meaning {
  if (entry.path.startsWith('listeners.')) return { kind: 'listener' }
  const field = findField(entry.path)
  if (field?.is.form === 'none') return { kind: 'refused', message: NOT_A_LINE }
  if (field !== undefined) return { kind: 'setting', key: field.key, value: entry.value }
  return swoole(entry) ?? { kind: 'refused', message: unknownKey(entry.path, FIELD_KEYS) }
}

/** By Swoole's names, which `[tsrv]` understands, too. */
function swoole(entry: IniEntry): Meaning | undefined {
  const part = tlsPartOf(entry.path)
  // Resonance's files have these keys with nothing behind them.
  if (isTlsKey(entry.path) && entry.value === '') return { kind: 'ignored' }
  if (part !== undefined) return { kind: 'tls', part }
  if (isTlsKey(entry.path)) return { kind: 'refused', value: showValue(entry.value), message: TLS_REFUSED }
  for (const key of FIELD_KEYS) {
    const alias = FIELDS[key].swoole
    if (alias?.key === entry.path)
      return { kind: 'setting', key, value: alias.read?.(entry.value) ?? entry.value }
  }
  return isEvent(entry) ? { kind: 'listener' } : undefined
}

function ignoredSwoole({ path }: IniEntry): Meaning {
  const names = FIELD_KEYS.flatMap((key) => FIELDS[key].swoole?.key ?? [])
  return { kind: 'ignored', warning: unknownKey(path, names, 'tsrv has nothing for this key and ignores it') }
}

/** Outside `[listeners]` a listener shows by its key: `TaskEvent`, or the path of an event class. */
function isEvent({ path }: IniEntry): boolean {
  return /^(?:[A-Z]|\.{0,2}\/|pkg:|listeners\.)/.test(path)
}

function twice(before: Given): string {
  return `given twice: this one counts, not the one on line ${before.origin.line ?? '?'}`
}

function settingOf(
  { key, value }: { readonly key: FieldKey; readonly value: string },
  entry: IniEntry,
  place: { readonly where: string; readonly key: string },
  before: Given | undefined,
): Given {
  const origin: Origin = { kind: 'file', name: place.where, line: entry.line }
  const earlier: readonly unknown[] = Array.isArray(before?.value) ? before.value : []
  const content = entry.isList ? { value: [...earlier, value], text: false } : { value, text: true }
  return { key, ...content, written: place.key, origin }
}

/** All listeners as one value; one alone is an entry, more are a list. */
function listenersOf(entries: readonly IniEntry[], where: string): Given[] {
  const [first] = entries
  if (first === undefined) return []
  const lists = new Map<string, string[]>()
  const lines = new Map([['listeners', first.line]])
  for (const { path, value, line } of entries) {
    const event = path.replace(/^listeners\./, '')
    const list = lists.get(event) ?? []
    lines.set(`listeners.${event}[${list.length}]`, line)
    if (list.length === 0) lines.set(`listeners.${event}`, line)
    lists.set(event, [...list, value])
  }
  const origin: Origin = { kind: 'file', name: where, line: first.line }
  const lineOf: Given['lineOf'] = (path) => withParents(path, (part) => lines.get(part))
  return [
    { key: 'listeners', value: Object.fromEntries(lists), text: false, written: 'listeners', origin, lineOf },
  ]
}

/** The parts of `http.tls` as one value. */
function tlsOf(entries: ReadonlyMap<TlsPart, IniEntry>, where: string): Given[] {
  const [first] = entries.values()
  if (first === undefined) return []
  const value = Object.fromEntries([...entries].map(([part, entry]) => [part, entry.value]))
  const lines = new Map([...entries].map(([part, { line }]) => [`http.tls.${part}`, line]))
  const lineOf: Given['lineOf'] = (path) => lines.get(path) ?? first.line
  const origin: Origin = { kind: 'file', name: where, line: first.line }
  return [{ key: 'http.tls', value, text: false, written: 'http.tls', origin, lineOf }]
}
