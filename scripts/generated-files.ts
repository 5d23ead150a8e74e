/** The files that derive from tables in src: what each ought to contain, and which of them do not. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { configSchema } from '../src/config/json-schema.ts'
import { type ConfigExample, configurationReference } from '../src/config/reference.ts'
import { userConfigSources } from '../src/config/user-config-source.ts'
import { EVENT_NAMES } from '../src/events/catalogue.ts'
import { cliReference } from './cli-reference.ts'
import { errorReference } from './error-reference.ts'

export const ROOT = path.resolve(import.meta.dirname, '..')

export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string
  readonly text: string
}

export function generatedFiles(): readonly GeneratedFile[] {
  const schema = JSON.stringify(configSchema(EVENT_NAMES.names), null, 2)
  return [
    ...userConfigSources().map(({ path: file, text }) => ({ path: `src/config/${file}`, text })),
    { path: 'config/schema.json', text: `${schema}\n` },
    { path: 'docs/configuration.md', text: configurationReference(EXAMPLES.map(example)) },
    { path: 'docs/errors.md', text: errorReference() },
    { path: 'docs/cli.md', text: cliReference() },
  ]
}

/** Paths of the files under `root` that are missing or differ from what would be generated. */
export function staleFiles(root: string): readonly string[] {
  const isStale = (file: GeneratedFile): boolean => stored(path.join(root, file.path)) !== file.text
  return generatedFiles()
    .filter(isStale)
    .map((file) => file.path)
}

const EXAMPLES = [
  ['tsrv.config.ts', 'ts'],
  ['tsrv.config.js', 'js'],
  ['tsrv.config.json', 'json'],
  ['tsrv.config.yaml', 'yaml'],
  ['.tsrvrc', 'yaml'],
  ['package.json', 'json'],
  ['tsrv.ini', 'ini'],
] as const

function example([name, language]: (typeof EXAMPLES)[number]): ConfigExample {
  return { name, language, text: readFileSync(path.join(ROOT, 'config', name), 'utf8') }
}

function stored(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
