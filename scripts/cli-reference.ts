/** docs/cli.md: every command, read off the program itself and the table of verbs. */
import type { Argument, Command, Option } from 'commander'
import { createProgram, VERB_GROUPS } from '../src/cli/program.ts'
import { type Example, pathOf, type Verb } from '../src/cli/verb.ts'
import { EXIT } from '../src/errors.ts'

export function cliReference(): string {
  const program = createProgram({ exitCode: 0 })
  const groups = VERB_GROUPS.flatMap(({ title, verbs }) => [
    `## ${title}\n`,
    ...verbs.flatMap((verb) => sections(verb, childOf(program, verb))),
  ])
  return [HEAD, overview(program), ...groups, TAIL].join('\n')
}

const HEAD = `<!-- GENERATED from src/cli by \`npm run generate\`; do not edit. -->

# The command line

\`tsrv --help\` and \`tsrv <command> --help\` show the same. Where tsrv is installed in a project, call it as \`npx tsrv\`; a wrong command or option is answered with the one that was probably meant.

All commands find the server by its configuration file: the nearest one from the current folder upwards, or the one given by \`-c\`. Its sockets, its log and its records are in the run directory: \`.tsrv\` beside that file, \`.tsrv/<name>\` for one that only \`-c\` finds, or the folder in the variable \`TSRV_RUN_DIR\`.
`

const TAIL = `## Exit status

| status | when |
|---|---|
| 0 | done; \`status\`: ready |
| ${EXIT.failure} | failed, refused, or \`status\`: not ready; the reason is on standard error, see [errors.md](errors.md) |
| ${EXIT.notRunning} | \`status\`, \`task\`, \`work\`: no server runs |
| ${EXIT.config} | bad configuration; every problem has its line on standard error |
| 128 + n | \`start -d\` was ended by signal n before the server was ready |
`

function overview(program: Command): string {
  const rows = VERB_GROUPS.flatMap(({ verbs }) =>
    verbs.map((verb) => `| [${pathOf(childOf(program, verb))}](#${anchorOf(verb.name)}) | ${verb.summary} |`),
  )
  return ['| command | does |', '|---|---|', ...rows, ''].join('\n')
}

function anchorOf(name: string): string {
  return `tsrv-${name}`
}

function childOf(parent: Command, { name }: Verb): Command {
  const found = parent.commands.find((command) => command.name() === name)
  if (found === undefined) throw new Error(`the program has no command "${name}"`)
  return found
}

/** A verb and those below it. */
function sections(verb: Verb, command: Command): string[] {
  const { summary, details, examples, exits, verbs = [] } = verb
  const statuses = exits.map(([status, when]) => `${status} ${when}`).join('; ')
  const own = [
    `### ${pathOf(command)}\n`,
    `${summary}\n`,
    ...(details === undefined ? [] : [`${paragraphs(details)}\n`]),
    `    ${pathOf(command)} ${command.usage()}\n`,
    ...table(['argument', 'what', 'default'], command.registeredArguments.map(argumentRow)),
    ...table(['option', 'what', 'default'], visibleOptions(command).map(optionRow)),
    ...(examples.length === 0 ? [] : ['```sh', ...examples.map(exampleLine(examples)), '```\n']),
    `Exit status: ${statuses}.\n`,
  ]
  return [...own, ...verbs.flatMap((one) => sections(one, childOf(command, one)))]
}

/** Lines that begin with spaces are examples of their own. */
function paragraphs(text: string): string {
  const isCode = (paragraph: string): boolean => paragraph.startsWith('  ')
  return text
    .split('\n\n')
    .map((paragraph) => (isCode(paragraph) ? paragraph.replaceAll(/^ {2}/gm, '    ') : paragraph))
    .join('\n\n')
}

function exampleLine(examples: readonly Example[]) {
  const width = Math.max(...examples.map(([call]) => call.length))
  return ([call, says]: Example): string => (says === undefined ? call : `${call.padEnd(width)}   # ${says}`)
}

function visibleOptions(command: Command): readonly Option[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
}

function argumentRow(argument: Argument & { argChoices?: string[] }): string[] {
  const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
  return [code(name), withChoices(argument.description, argument.argChoices), '']
}

function optionRow({ flags, description, defaultValue, argChoices }: Option): string[] {
  const shown = defaultValue === undefined ? '' : code(String(defaultValue))
  return [code(flags), withChoices(description, argChoices), shown]
}

function withChoices(text: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? text : `${text} One of ${choices.map(code).join(', ')}.`
}

function code(text: string): string {
  return `\`${text}\``
}

function table(titles: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(titles), `|${'---|'.repeat(titles.length)}`, ...rows.map(line), '']
}
