/**
 * Splits an INI file into the entries of our sections, line by line: the `ini` package knows no line numbers, and
 * what it would cut or drop in silence is a problem here. It still decodes each value, so that quoting is the same.
 */
import { FORBIDDEN_KEYS } from './plain-data.ts'
import { showValue } from './problems.ts'
import { withFolders } from './resonance.ts'

const OWN_SECTIONS: readonly string[] = ['tsrv', 'swoole', 'listeners']

export interface IniEntry {
  /** First part of the section; empty for a line before any section. */
  readonly section: 'tsrv' | 'swoole' | 'listeners' | ''
  /** The rest of the section and the key: `tasks.broker`. */
  readonly path: string
  readonly key: string
  /** Written as `key[] = value`. */
  readonly isList: boolean
  readonly value: string
  readonly line: number
}

/** A line that cannot be taken as it stands. */
export interface IniFault {
  readonly line: number
  readonly key: string
  readonly value?: string
  readonly message: string
}

/** Whether an INI file has a section that tsrv reads; `config.ini` is a name that many programs use. */
export function hasOwnSection(text: string): boolean {
  return /^\s*\[\s*(?:tsrv|swoole)\s*(?:\.[^\]]*)?\]/m.test(text)
}

const HEADER = /^\[([^\]]*)\]\s*(?:[;#].*)?$/

export async function scanIni(text: string): Promise<{ entries: IniEntry[]; faults: IniFault[] }> {
  const { parse } = await import('ini')
  const entries: IniEntry[] = []
  const faults: IniFault[] = []
  let section: readonly string[] = ['']
  for (const [index, full] of text.split(/\r\n|\n|\r/).entries()) {
    const written = full.trim()
    if (written === '' || written.startsWith(';') || written.startsWith('#')) continue
    const header = HEADER.exec(written)
    if (header !== null) section = (header[1] ?? '').split('.').map((part) => part.trim())
    else if (/^\[\s*(?:tsrv|swoole|listeners)\b/.test(written)) {
      faults.push({
        line: index + 1,
        key: written,
        message: 'expected [section] and nothing else on the line',
      })
    } else if (isOwn(section[0])) {
      const { raw, ...entry } = split(written, section.slice(1), index + 1)
      const fault = faultOf(entry.path, raw)
      const value = fault === undefined ? decode(parse(`value=${raw}`)['value'], raw) : undefined
      if (fault !== undefined) faults.push({ line: entry.line, key: entry.key, ...fault })
      else if (value !== undefined) entries.push({ ...entry, section: section[0], value: withFolders(value) })
    }
  }
  return { entries, faults }
}

function isOwn(name: string | undefined): name is IniEntry['section'] {
  return name === '' || (name !== undefined && OWN_SECTIONS.includes(name))
}

function split(
  written: string,
  groups: readonly string[],
  line: number,
): Omit<IniEntry, 'section' | 'value'> & { readonly raw: string } {
  const equals = written.indexOf('=')
  const name = (equals === -1 ? written : written.slice(0, equals)).trim()
  const isList = name.length > 2 && name.endsWith('[]')
  const bare = (isList ? name.slice(0, -2) : name).trim()
  const key = /^(["'])(.*)\1$/.exec(bare)?.[2] ?? nested(bare)
  // A key alone means true, as in the `ini` package.
  const raw = equals === -1 ? 'true' : written.slice(equals + 1).trim()
  return { path: [...groups, key].join('.'), key, isList, raw, line }
}

/** `tasks[nice]`, as PHP writes it, is `tasks.nice`. */
function nested(name: string): string {
  return /^\w+(?:\[\w+\])+$/.test(name) ? name.replaceAll(/\[(\w+)\]/g, '.$1') : name
}

function faultOf(path: string, raw: string): Pick<IniFault, 'value' | 'message'> | undefined {
  if (path.split('.').some((name) => FORBIDDEN_KEYS.includes(name))) {
    return { message: 'this name is reserved by JavaScript and cannot be a key' }
  }
  if (!isCut(raw)) return undefined
  const message =
    'an unquoted ; or # begins a comment and would cut the value: quote it, or give the comment a line'
  return { value: showValue(raw), message }
}

/** Whether the `ini` package would end the value before its end. */
function isCut(raw: string): boolean {
  const quoted = raw.length > 1 && /^(["']).*\1$/.test(raw)
  return !quoted && /(?<!\\)(?:\\\\)*[;#]/.test(raw)
}

/** Text whatever the package made of it, so that all values are read by the kind of their setting; null is no value. */
function decode(value: unknown, raw: string): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'string') return value
  return typeof value === 'object' ? raw : JSON.stringify(value)
}
