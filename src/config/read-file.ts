/** Reads one config file into a layer of settings: one row and one reader per format. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../errors.ts'
import { type EvaluateReply, evaluateConfig, type OnLoaded } from './evaluate.ts'
import { type ConfigFormat, formatOf, READABLE } from './file-names.ts'
import { givenByObject, type Layer, type LineOf } from './given.ts'
import { givenByIni } from './ini.ts'
import { hasOwnSection } from './ini-scan.ts'
import { locateKeys } from './locate.ts'
import { type Parsed, parseJson, parsePackageJson } from './parse-json.ts'
import { parseYaml } from './parse-yaml.ts'
import { findNotData, type NotData } from './plain-data.ts'
import { EMPTY, type Problem } from './problems.ts'

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
  readonly signal?: AbortSignal | undefined
  readonly onLoaded?: OnLoaded | undefined
}

const READERS: Readonly<Record<ConfigFormat, (source: Source) => Promise<Layer> | Layer>> = {
  module: readModule,
  json: (source) => readData(parseJson(source.text), source),
  yaml: async (source) => readData(await parseYaml(source.text), source),
  package: (source) => readData(parsePackageJson(source.text), source),
  ini: readIni,
}

/** Whatever is wrong with the file is a problem of the layer. */
export async function readConfigFile(options: ReadOptions): Promise<Layer> {
  const where = shownName(options.cwd, options.file)
  const format = formatOf(options.file)
  if (format === undefined) {
    return failed({ where, key: '', message: `cannot be read: expected ${READABLE}` })
  }
  let text: string
  try {
    text = (await readFile(options.file, 'utf8')).replace(/^\uFEFF/, '')
  } catch (error) {
    return failed({ where, key: '', message: `cannot be read: ${messageOf(error)}` })
  }
  if (text.trim() === '') return failed({ where, key: '', message: EMPTY })
  return READERS[format]({ ...options, text, where })
}

/** How problems name a file: relative to the working directory. */
function shownName(cwd: string, file: string): string {
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

function readData(parsed: Parsed, { where }: Source): Layer {
  switch (parsed.kind) {
    case 'fault':
      return failed({ where, line: parsed.line, key: '', message: parsed.message })
    case 'data': {
      const { data, lineOf } = parsed
      const found = findNotData(data)
      return found.length > 0 ? notData(found, where, lineOf) : givenByObject(data, where, lineOf)
    }
    default:
      return parsed satisfies never
  }
}

async function readModule({ text, where, ...options }: Source): Promise<Layer> {
  const { file, cwd } = options
  const reply = await (options.evaluation ?? evaluateConfig(options))
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

function notData(found: readonly NotData[], where: string, lineOf: LineOf): Layer {
  const problems = found.map(({ path, message }) => ({ where, line: lineOf(path), key: path, message }))
  return { given: [], problems, warnings: [] }
}

function failed(problem: Problem): Layer {
  return { given: [], problems: [problem], warnings: [] }
}
