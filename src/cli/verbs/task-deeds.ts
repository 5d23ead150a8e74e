/** `tsrv task cancel`, `retry` and `archive`: what they take. */
import { Argument, type Command } from 'commander'
import type { TaskDeed } from '../../wire/task-questions.ts'
import { addFileOption } from '../config-options.ts'
import { asIds, asTexts } from '../option-values.ts'
import type { CommandResult, Verb } from '../verb.ts'

interface DeedOptions {
  readonly config?: string
  readonly json?: boolean
  readonly where?: readonly string[]
  readonly force?: boolean
}

const EXITS: Verb['exits'] = [
  [0, 'done, at least with one of them'],
  [1, 'nothing could be done'],
  [3, 'not running'],
]

export const cancelVerb: Verb = {
  name: 'cancel',
  summary: 'Cancel tasks that wait or run.',
  details:
    'One that waits will not run. One that runs is told so by its signal and has half a second to end; then its task worker is replaced. Either way its sender hears of it.',
  examples: [
    ['tsrv task cancel 12 13'],
    ['tsrv task cancel --where name=Import --where status=enqueued', 'all that wait of a kind'],
  ],
  exits: EXITS,
  define: (command, result) => define('cancel', command, result),
}

export const retryVerb: Verb = {
  name: 'retry',
  summary: 'Send ended tasks once more.',
  details:
    'Each becomes a new task with the same data, name, label and priority; the settings of the configuration apply to it. The leader hears of its end.',
  examples: [['tsrv task retry 12'], ["tsrv task retry --where status=failed --where 'finishedAt>-1h'"]],
  exits: EXITS,
  define: (command, result) => define('retry', command, result),
}

export const archiveVerb: Verb = {
  name: 'archive',
  summary: 'Take ended tasks out of the lists.',
  details: 'Their records stay until they are as old as tasks.keep says.',
  examples: [['tsrv task archive 12'], ['tsrv task archive --where status=completed,cancelled']],
  exits: EXITS,
  define: (command, result) =>
    define(
      'archive',
      command.option('--force', 'Also those that wait or run; they run nevertheless.'),
      result,
    ),
}

function define(deed: TaskDeed['ask'], command: Command, result: CommandResult): void {
  addFileOption(command)
    .addArgument(new Argument('[id...]', 'Their ids.').argParser(asIds))
    .option('--where <condition>', 'All that match, such as status=failed; may be repeated.', asTexts)
    .option('--json', 'Print JSON, for scripts.')
    .action(async (ids: readonly number[], options: DeedOptions) => {
      const { where, force, json = false, ...place } = options
      if (ids.length === 0 && where === undefined) {
        command.error('expected ids of tasks, or conditions (--where)')
      }
      const { taskDeed } = await import('../commands/task-deed.ts')
      const which = { ...(ids.length > 0 && { ids }), ...(where !== undefined && { where }) }
      const asked: TaskDeed = { ask: deed, ...which, ...(force === true && { force }) }
      result.exitCode = await taskDeed(asked, { json, ...place })
    })
}
