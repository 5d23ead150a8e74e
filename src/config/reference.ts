/** Writes `docs/configuration.md`: the table of settings, and the rules around it with the examples of `config/`. */
import { envName, FIELD_GROUPS, FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts'

/** A file of `config/` that the page shows; a test loads each. */
export interface ConfigExample {
  readonly name: string
  /** Language of its code block. */
  readonly language: string
  readonly text: string
}

/** The whole text of the page. */
export function configurationReference(examples: readonly ConfigExample[]): string {
  return [
    INTRODUCTION,
    ...tables(),
    PRECEDENCE,
    FILES,
    ...examples.map(block),
    FUNCTION,
    INI,
    LISTENERS,
    ENV_FILE,
  ]
    .map((part) => part.trim())
    .join('\n\n')
    .concat('\n')
}

function tables(): readonly string[] {
  const top = FIELD_KEYS.filter((key) => !key.includes('.'))
  const inGroup = (group: string): FieldKey[] => FIELD_KEYS.filter((key) => key.startsWith(`${group}.`))
  const groups = [...FIELD_GROUPS].map((group) => `### ${group}\n\n${table(inGroup(group))}`)
  return [`### Top level\n\n${table(top)}`, ...groups]
}

const COLUMNS = ['Setting', 'Default', 'Flag', 'Environment', 'INI', 'A change needs', 'Meaning']

const NEEDS: Readonly<Record<(typeof FIELDS)[FieldKey]['reload'], string>> = {
  live: 'reload',
  workers: 'reload, new workers',
  restart: 'restart',
}

function table(keys: readonly FieldKey[]): string {
  const rows = keys.map((key) => {
    const row = FIELDS[key]
    return [
      code(key),
      row.default === undefined ? '' : code(JSON.stringify(row.default)),
      'flag' in row ? code(row.flag) : '',
      code(envName(key) ?? ''),
      iniNames(key),
      NEEDS[row.reload],
      `${row.doc} Expects ${row.is.expected}.`,
    ]
  })
  const lines = [COLUMNS, COLUMNS.map(() => '---'), ...rows]
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`)
    .join('\n')
}

function iniNames(key: FieldKey): string {
  const row = FIELDS[key]
  if (key === 'http.tls') return ['[tsrv.http.tls]', '[swoole] ssl_…'].map(code).join(', ')
  if (row.is.form === 'none') return key === 'listeners' ? 'its own section' : ''
  const [group, name] = key.includes('.') ? key.split('.') : ['', key]
  const own = code(group === '' ? `[tsrv] ${name}` : `[tsrv.${group}] ${name}`)
  return 'swoole' in row ? `${own}, ${code(`[swoole] ${row.swoole.key}`)}` : own
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}

function block({ name, language, text }: ConfigExample): string {
  return `\`${name}\`\n\n\`\`\`${language}\n${text.trim()}\n\`\`\``
}

const INTRODUCTION = `
<!-- GENERATED from src/config/fields.ts and config/ by \`npm run generate\`; do not edit. -->

# Configuration

Every setting is optional. \`tsrv config\` prints the configuration in effect, \`tsrv config --where\` where each value comes from, \`tsrv config --check\` whether it is sound, and \`tsrv config --schema\` its JSON schema.

A wrong configuration starts nothing: \`tsrv\` tells all problems at once, each with file, line and key, and ends with status 78.

## Settings

What a change needs: *reload* is \`tsrv reload\`; with *new workers* the reload replaces the processes that run your code, as it does for changed code; *restart* is \`tsrv restart\`.
`

const PRECEDENCE = `
## Which value counts

The first of these that gives a value:

1. a flag of the command line, such as \`--port 3000\`;
2. \`-o key.path=value\`, such as \`-o log.level=debug\`, for every setting; a comma separates the items of a list;
3. a variable \`TSRV_…\`: capitals, an underscore before each new word, two for the dot, so that \`tasks.nice\` is \`TSRV_TASKS__NICE\`; then plain \`PORT\`. A variable that is empty is not given, and one with an unknown name is an error;
4. the config file;
5. the default.

Listeners are the one setting that is put together: \`-o listeners.TaskEvent=./other.ts\` replaces the listeners of that event and leaves the others alone. A value that a stronger one overrides is checked all the same.
`

const FILES = `
## Config files

\`tsrv\` looks from the current folder upwards as far as the nearest \`package.json\`, and takes the first folder that has one of

- \`tsrv.config\` with \`.ts\`, \`.mts\`, \`.js\`, \`.mjs\`, \`.cjs\`, \`.json\`, \`.yaml\` or \`.yml\`;
- \`.tsrvrc\` (JSON or YAML), or \`.tsrvrc\` with one of these endings;
- \`.config/tsrv.config\` or \`.config/tsrv\` with one of these endings;
- \`package.json\` with a key \`tsrv\`;
- \`config.ini\` with a section \`[tsrv]\` or \`[swoole]\`.

Two of them in one folder are an error. \`-c FILE\` names another file, of any name, by its ending. Relative paths in a config are relative to the folder of the file; for a file in \`.config/\` to the folder around it.

A config is data: it names modules by path or package and holds no functions or instances. An empty file is an error, and so is a key called \`__proto__\`, \`constructor\` or \`prototype\`. A JSON or YAML file may have a key \`$schema\`; the schema is \`node_modules/@tsrv/server/config/schema.json\`. YAML is version 1.2: \`yes\` and \`on\` are texts, and there is no \`<<\`.

TypeScript runs by the type stripping of Node, so a config has no enums, namespaces with values, parameter properties or decorators.
`

const FUNCTION = `
A TypeScript or JavaScript config may export a function, or a promise; both are awaited. The function gets the command of \`tsrv\` and the real environment:

\`\`\`ts
import { defineConfig } from '@tsrv/server'

export default defineConfig(({ command, env }) => ({
  workers: env['NODE_ENV'] === 'production' ? 'auto' : 1,
  log: { level: command === 'start' ? 'info' : 'warn' },
}))
\`\`\`
`

const INI = `
## INI

- \`[tsrv]\` takes the settings by their names, groups as \`[tsrv.tasks]\`, \`tasks.nice = 5\` or \`tasks[nice] = 5\`.
- \`[swoole]\` takes the names of Swoole and Resonance in the table above. Other keys there are ignored with a warning. \`ssl_cert_file\`, \`ssl_key_file\` and \`ssl_passphrase\` are the parts of \`http.tls\`; any other \`ssl_…\` with a value stops the start, because TLS would be weaker than the file says.
- \`[listeners]\` takes \`TaskEvent[] = ./log.ts\` once for each listener, or \`TaskEvent = ./log.ts\` for a single one; both also stand in \`[tsrv]\` and \`[swoole]\`. Deferred listeners need another format.
- \`%DM_ROOT%\`, \`%DM_APP_ROOT%\` and \`%DM_PUBLIC_ROOT%\` in a value are the folder of the file, and \`app\` and \`public\` in it, as in Resonance.
- Other sections belong to other programs.
- \`[tsrv.http.tls]\` takes \`cert\`, \`key\` and \`passphrase\`.
- A list is \`key[] = item\` on a line for each item, or \`key = one, two\`.
- An unquoted \`;\` or \`#\` inside a value is an error, as it would begin a comment and cut the value: quote the value.
`

const LISTENERS = `
## Listeners

\`listeners\` has a key for each event: its name, such as \`TaskEvent\`, or the module of an event class of yours, such as \`./src/events/user-created.ts#UserCreated\`. The value is an entry or a list of entries:

| Entry | Means |
| --- | --- |
| \`./src/log.ts\`, \`/app/log.ts\` | the default export of a module; \`./src/log.ts#name\` is another export |
| \`pkg:name\`, \`pkg:name#export\` | an export of a package |
| any other text | a service of the container, by name |
| \`{ listener, deferred: true }\` | one of these, run as a task instead of at once |

A listener is a function, or an object with \`handle(event)\`. The listeners of an event run in order, each awaited, before the ones that tsrv ships for it; \`{ replace: [entries] }\` leaves the shipped ones out. The same listener twice runs once.
`

const ENV_FILE = `
## The file of variables

\`envFile\` (\`.env\`) is read when processes are started, so at each reload, into the environment of those that run your code: HTTP workers and task workers. A variable that is set already wins over the file. No such file is fine unless the config names one.

The file is for your code and not for tsrv: \`TSRV_…\` and \`PORT\` in it are no settings, and a config function does not see it.
`
