/** What may be typed at each place of a call, read off the commander program; the scripts of all shells are made from it. */
import type { Argument, Command, Option } from 'commander'
import { FIELD_KEYS, FIELDS } from '../../config/fields.ts'

/** The words after `tsrv` that lead here: `[]`, `['start']`, `['task', 'list']`. */
export interface Place {
  readonly path: readonly string[]
  readonly verbs: readonly Described[]
  readonly options: readonly CompletedOption[]
  /** What a word that is neither verb nor option may be. */
  readonly argument: Value | undefined
}

interface Described {
  readonly name: string
  readonly says: string
}

export interface CompletedOption {
  /** `-w`, `--workers`; those it has. */
  readonly names: readonly string[]
  readonly says: string
  /** Undefined for an option that stands alone. */
  readonly value: Value | undefined
  readonly isRepeatable: boolean
}

export interface Value {
  /** As the help calls it. */
  readonly name: string
  readonly kind: 'files' | 'folders' | 'words'
  /** Empty when nothing can be proposed. */
  readonly words: readonly string[]
  /** True when the words are beginnings that are typed on, such as `log.level=`. */
  readonly isOpen: boolean
}

/** All places of a program, outer ones first. */
export function placesOf(program: Command, path: readonly string[] = []): Place[] {
  const help = program.createHelp()
  const verbs = help.visibleCommands(program)
  const here: Place = {
    path,
    verbs: verbs.map((verb) => ({ name: verb.name(), says: help.subcommandDescription(verb) })),
    options: help.visibleOptions(program).map(optionOf),
    argument: argumentOf(program, verbs),
  }
  const own = verbs.filter((verb) => program.commands.includes(verb))
  return [here, ...own.flatMap((verb) => placesOf(verb, [...path, verb.name()]))].concat(
    // The help command is made by commander, and takes the names of the others.
    verbs.filter((verb) => !own.includes(verb)).map((verb) => helpPlace(path, verb, own)),
  )
}

function helpPlace(path: readonly string[], verb: Command, others: readonly Command[]): Place {
  const words = others.map((other) => other.name())
  const argument: Value = { name: 'command', kind: 'words', words, isOpen: false }
  return { path: [...path, verb.name()], verbs: [], options: [], argument }
}

function optionOf(option: Option): CompletedOption {
  const { short, long, description, required, optional } = option
  return {
    names: [short, long].filter((name) => name !== undefined && name !== null),
    says: description,
    value: required || optional ? valueOf(placeholder(option.flags), option.argChoices) : undefined,
    isRepeatable: option.parseArg !== undefined && placeholder(option.flags) === 'key=value',
  }
}

function argumentOf(command: Command, verbs: readonly Command[]): Value | undefined {
  const [argument] = command.registeredArguments as readonly (Argument & { argChoices?: string[] })[]
  if (argument === undefined || verbs.length > 0) return undefined
  return valueOf(argument.name(), argument.argChoices)
}

/** `-c, --config <file>` -> `file` */
function placeholder(flags: string): string {
  return /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? ''
}

/** Settings that can be given as text; listeners are named one by one. */
const SETTINGS = FIELD_KEYS.filter((key) => FIELDS[key].is.form !== 'none')

/** What the help calls a value says what it is: of `n|auto`, the part with more than a letter is a word to type. */
function valueOf(name: string, choices: readonly string[] | undefined): Value {
  const words = choices ?? (name.includes('|') ? name.split('|').filter((word) => word.length > 1) : [])
  if (name === 'file') return { name, kind: 'files', words: [], isOpen: false }
  if (name === 'dir') return { name, kind: 'folders', words: [], isOpen: false }
  if (name === 'key=value') {
    return { name, kind: 'words', words: SETTINGS.map((key) => `${key}=`), isOpen: true }
  }
  return { name, kind: 'words', words, isOpen: false }
}
