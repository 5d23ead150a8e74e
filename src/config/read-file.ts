/** Reads one config file into a layer of settings: one row and one reader per format. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../errors.ts'
import { type EvaluateReply, evaluateConfig, MODULE_EXTENSIONS } from './evaluate.ts'
import { givenByObject, type Layer } from './given.ts'
import { givenByIni } from './ini.ts'
import { hasOwnSection } from './ini-scan.ts'
import { locateKeys } from './locate.ts'
import { findNotData, type NotData } from './plain-data.ts'
import type { Problem } from './problems.ts'

/** A file about to be read. */
interface Source extends ReadOptions {
  readonly text: string
  /** The file relative to the working directory, as problems name it. */
  readonly where: string
}

export interface ReadOptions {
  readonly file: string
  readonly cwd: string
  readonly command: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cacheDir?: string | undefined
  /** An evaluation of this very file that has begun already. */
  readonly evaluation?: Promise<EvaluateReply> | undefined
}

const READERS: Readonly<Record<string, (source: Source) => Promise<Layer>>> = {
  ...Object.fromEntries(MODULE_EXTENSIONS.map((extension) => [extension, readModule])),
  '.json': readJson,
  '.ini': readIni,
}

/** Whatever is wrong with the file is a problem of the layer. */
export async function readConfigFile(options: ReadOptions): Promise<Layer> {
  const where = shownName(options.cwd, options.file)
  const extension = path.extname(options.file)
  const reader = READERS[extension]
  if (reader === undefined) {
    const known = Object.keys(READERS).join(', ')
    return failed({ where, key: '', message: `cannot be read: expected a file that ends in one of ${known}` })
  }
  let text: string
  try {
    text = (await readFile(options.file, 'utf8')).replace(/^\uFEFF/, '')
  } catch (error) {
    return failed({ where, key: '', message: `cannot be read: ${messageOf(error)}` })
  }
  if (text.trim() === '') {
    return failed({ where, key: '', message: 'is empty: write at least one setting, or remove the file' })
  }
  return reader({ ...options, text, where })
}

/** How problems name a file: relative to the working directory. */
export function shownName(cwd: string, file: string): string {
  return path.relative(cwd, file)
}

async function readIni({ text, where }: Source): Promise<Layer> {
  const layer = await givenByIni(text, where)
  if (hasOwnSection(text) || layer.given.length > 0 || layer.problems.length > 0) return layer
  return failed({
    where,
    key: '',
    message: 'has no section [tsrv] or [swoole]: put the settings under [tsrv]',
  })
}

async function readJson({ text, where }: Source): Promise<Layer> {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    return failed({ where, ...syntaxError(text, messageOf(error)), key: '' })
  }
  const lineOf = locateKeys(text)
  const found = findNotData(data)
  return found.length > 0 ? notData(found, where, lineOf) : givenByObject(data, where, lineOf)
}

/** V8 tells the place in its message, in one of two ways; at the end of the text it tells none. */
function syntaxError(text: string, message: string): { line: number; message: string } {
  const told = /\(line (\d+) column \d+\)/.exec(message)?.[1]
  const position = /at position (\d+)/.exec(message)?.[1]
  const line = told ?? text.slice(0, position === undefined ? undefined : Number(position)).split('\n').length
  const [reason = ''] = message.split(/ in JSON at position | \(line |, "|, \.\.\./, 1)
  return { line: Number(line), message: `is no JSON: ${reason.replaceAll(/\s+/g, ' ')}` }
}

async function readModule({ text, where, ...options }: Source): Promise<Layer> {
  const { file, command, env, cacheDir, cwd } = options
  const reply = await (options.evaluation ?? evaluateConfig({ file, command, env, cacheDir }))
  const lineOf = locateKeys(text)
  switch (reply.kind) {
    case 'data':
      return givenByObject(reply.data, where, lineOf)
    case 'notData':
      return notData(reply.found, where, lineOf)
    case 'thrown': {
      const { message, file: thrownIn, line } = reply.thrown
      if (thrownIn === undefined || thrownIn === file) return failed({ where, line, key: '', message })
      return failed({ where, key: '', message: `${message} (${shownName(cwd, thrownIn)}:${line})` })
    }
    default:
      return reply satisfies never
  }
}

function notData(
  found: readonly NotData[],
  where: string,
  lineOf: (path: string) => number | undefined,
): Layer {
  const problems = found.map(({ path, message }) => ({ where, line: lineOf(path), key: path, message }))
  return { given: [], problems, warnings: [] }
}

function failed(problem: Problem): Layer {
  return { given: [], problems: [problem], warnings: [] }
}
