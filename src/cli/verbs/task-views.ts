/** `tsrv task list`, `show` and `stats`: what they take. */
import { Argument, type Command } from 'commander'
import { addFileOption } from '../config-options.ts'
import { asId, asTexts, asWhole } from '../option-values.ts'
import type { Verb } from '../verb.ts'

interface ViewOptions {
  readonly config?: string
  readonly json?: boolean
  readonly watch?: boolean
}

interface FilterOptions {
  readonly where?: readonly string[]
  readonly status?: string
  readonly name?: string
}

interface ListOptions extends ViewOptions, FilterOptions {
  readonly sort?: string
  readonly limit?: number
  readonly cursor?: string
  readonly all?: boolean
}

export const listVerb: Verb = {
  name: 'list',
  summary: 'List tasks, the newest first.',
  details: 'Archived ones are only shown when a condition names their status.',
  examples: [
    ['tsrv task list'],
    ['tsrv task list --status failed --name mail%', 'failed ones of some names'],
    ["tsrv task list --sort duration --limit 5 --where 'createdAt>-1h'", 'the slowest of the last hour'],
    ['tsrv task list --all --json', 'for scripts'],
  ],
  exits: [
    [0, 'shown, also when there is none'],
    [1, 'the question was not understood'],
    [3, 'not running'],
  ],
  define(command, result) {
    addFilter(addView(command))
      .option('--sort <column>', 'Such as duration, or name:asc. Default: createdAt, the highest first.')
      .option('--limit <n>', 'How many at most. Default: 20.', asWhole(1, 1000))
      .option('--cursor <text>', 'Go on where the list before ended.')
      .option('--all', 'All of them.')
      .action(async ({ json, watch, all, status, name, where, ...options }: ListOptions) => {
        const { taskList } = await import('../commands/task-list.ts')
        result.exitCode = await taskList({
          ...options,
          where: conditionsOf({ ...given({ status, name, where }) }),
          json: json ?? false,
          watch: watch ?? false,
          all: all ?? false,
        })
      })
  },
}

export const showVerb: Verb = {
  name: 'show',
  summary: 'Show all that is known of one task.',
  details:
    'With its data, its result, or the error with its stack. Instances of your classes are shown by name with their fields.',
  examples: [
    ['tsrv task show 12'],
    ['tsrv task show 12 --watch', 'until it has ended'],
    ['tsrv task show 12 --json', 'for scripts'],
  ],
  exits: [
    [0, 'shown'],
    [1, 'there is no such task'],
    [3, 'not running'],
  ],
  define(command, result) {
    addView(command)
      .addArgument(new Argument('<id>', 'Its id.').argParser(asId))
      .action(async (id: number, { json, watch, ...options }: ViewOptions) => {
        const { taskShow } = await import('../commands/task-show.ts')
        result.exitCode = await taskShow(id, { ...options, json: json ?? false, watch: watch ?? false })
      })
  },
}

export const statsVerb: Verb = {
  name: 'stats',
  summary: 'Show how many tasks wait, run, and have ended in which way.',
  examples: [
    ['tsrv task stats'],
    ["tsrv task stats --watch --where 'createdAt>-1h'", 'of the last hour, as it changes'],
  ],
  exits: [
    [0, 'shown'],
    [1, 'the question was not understood'],
    [3, 'not running'],
  ],
  define(command, result) {
    addFilter(addView(command)).action(
      async ({ json, watch, status, name, where, ...options }: ViewOptions & FilterOptions) => {
        const { taskStats } = await import('../commands/task-stats.ts')
        result.exitCode = await taskStats({
          ...options,
          where: conditionsOf({ ...given({ status, name, where }) }),
          json: json ?? false,
          watch: watch ?? false,
        })
      },
    )
  },
}

function addView(command: Command): Command {
  return addFileOption(command)
    .option('--json', 'Print JSON, for scripts.')
    .option('--watch', 'Go on showing what changes; Ctrl+C ends.')
}

function addFilter(command: Command): Command {
  return command
    .option('--where <condition>', 'Such as status=failed or createdAt>-1h; may be repeated.', asTexts)
    .option('--status <status>', 'Short for --where status=…; several with commas.')
    .option('--name <name>', 'Short for --where name=…, or name~… when there is a % in it.')
}

function conditionsOf({ where = [], status, name }: FilterOptions): readonly string[] {
  return [
    ...where,
    ...(status === undefined ? [] : [`status=${status}`]),
    ...(name === undefined ? [] : [`name${name.includes('%') ? '~' : '='}${name}`]),
  ]
}

function given<Options extends object>(
  options: Options,
): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  const pairs = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(pairs) as { [Key in keyof Options]?: NonNullable<Options[Key]> }
}
