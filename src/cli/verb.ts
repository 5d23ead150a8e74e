/** What is said of each command: `--help`, shell completion and docs/cli.md are made from it. */
import type { Command } from 'commander'
import { nameValues } from './usage.ts'

/** Where a command leaves its exit status. */
export interface CommandResult {
  exitCode: number
  /** The arguments of the whole call, without the program itself. */
  readonly argv?: readonly string[]
}

export interface Verb {
  readonly name: string
  /** One sentence, for the list of commands. */
  readonly summary: string
  /** What one has to know before calling it; paragraphs. */
  readonly details?: string
  readonly examples: readonly Example[]
  /** Status and when it is given, in rising order. */
  readonly exits: readonly (readonly [status: number, when: string])[]
  /** Adds arguments, options and the action. What the action does is in `commands/`, loaded when it is called. */
  readonly define: (command: Command, result: CommandResult) => void
  /** The words that may follow, such as `list` in `tsrv task list`. */
  readonly verbs?: readonly Verb[]
}

export type Example = readonly [call: string, says?: string]

/** Makes the command of a verb below its parent, with those of its own verbs. */
export function addVerb(parent: Command, verb: Verb, result: CommandResult): Command {
  const { name, summary, details, examples, exits, define, verbs = [] } = verb
  const command = parent.command(name).summary(summary)
  command
    .description(details === undefined ? summary : `${summary}\n\n${details}`)
    .helpOption('-h, --help', 'Show this help.')
    .showHelpAfterError(`(${pathOf(command)} --help shows its options)`)
    .addHelpText('after', epilogue(examples, exits))
    .exitOverride()
  define(command, result)
  nameValues(command, pathOf(command))
  for (const one of verbs) addVerb(command, one, result)
  return command
}

/** `tsrv task list` */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

export function exampleLines(examples: readonly Example[]): string[] {
  const width = Math.max(...examples.map(([call]) => call.length))
  return examples.map(([call, says]) =>
    says === undefined ? `  $ ${call}` : `  $ ${call.padEnd(width)}   ${says}`,
  )
}

function epilogue(examples: readonly Example[], exits: Verb['exits']): string {
  const statuses = exits.map(([status, when]) => `${status} ${when}`).join('; ')
  const shown = examples.length === 0 ? [] : ['', 'Examples:', ...exampleLines(examples)]
  return [...shown, '', `Exit status: ${statuses}.`].join('\n')
}
