/** What a config file may be called, and the format that its name stands for. */
import path from 'node:path'

export type ConfigFormat = 'module' | 'json' | 'yaml' | 'package' | 'ini'

/** By extension, in the order in which two files in one folder are named. */
const FORMATS: ReadonlyMap<string, ConfigFormat> = new Map([
  ['.ts', 'module'],
  ['.mts', 'module'],
  ['.js', 'module'],
  ['.mjs', 'module'],
  ['.cjs', 'module'],
  ['.json', 'json'],
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
])

const EXTENSIONS = [...FORMATS.keys()]
const INI = '.ini'
const RC = '.tsrvrc'
const PACKAGE = 'package.json'

/** Folder for the configs of many tools; what stands in it belongs to the folder around it. */
export const CONFIG_FOLDER = '.config'

/** Names of ours, relative to a folder. */
export const OWN_NAMES: readonly string[] = [
  ...withExtensions('tsrv.config'),
  RC,
  ...withExtensions(RC),
  ...withExtensions(`${CONFIG_FOLDER}/tsrv.config`),
  ...withExtensions(`${CONFIG_FOLDER}/tsrv`),
]

/** Names that other programs use as well: such a file counts only when it has settings of ours. */
export const SHARED_NAMES = [PACKAGE, 'config.ini'] as const

/** Completes "expected …" for a file that tsrv cannot read. */
export const READABLE = `a file that ends in one of ${[...EXTENSIONS, INI].join(', ')}, or ${RC}, or ${PACKAGE}`

/** The format of any file, also of one named by `-c`; undefined when tsrv cannot read it. */
export function formatOf(file: string): ConfigFormat | undefined {
  const name = path.basename(file)
  if (name === PACKAGE) return 'package'
  // Without an extension it is JSON or YAML, and JSON is YAML.
  if (name === RC) return 'yaml'
  const extension = path.extname(file)
  return extension === INI ? 'ini' : FORMATS.get(extension)
}

function withExtensions(name: string): readonly string[] {
  return EXTENSIONS.map((extension) => `${name}${extension}`)
}
