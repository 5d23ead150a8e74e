/** `tsrv queue`: the words that may follow it, and what they take. */
import type { Command } from 'commander'
import { addFileOption } from '../config-options.ts'
import { asDuration } from '../option-values.ts'
import type { Verb } from '../verb.ts'

interface QueueOptions {
  readonly config?: string
  readonly json?: boolean
  readonly watch?: boolean
}

const EXITS: Verb['exits'] = [
  [0, 'done'],
  [1, 'there is no such queue, or its tasks do not wait'],
  [3, 'not running'],
]

const listVerb: Verb = {
  name: 'list',
  summary: 'List the queues with how much waits and runs in each.',
  details:
    'WAITING may run now, DELAYED later; DEAD have failed for good. OLDEST is how long the first of those that wait has been due.',
  examples: [['tsrv queue list'], ['tsrv queue list --watch', 'as it changes'], ['tsrv queue list --json']],
  exits: [
    [0, 'shown'],
    [3, 'not running'],
  ],
  define(command, result) {
    common(command)
      .option('--watch', 'Go on showing what changes; Ctrl+C ends.')
      .action(async ({ json = false, watch = false, ...place }: QueueOptions) => {
        const { queueList } = await import('../commands/queue-list.ts')
        result.exitCode = await queueList({ json, watch, ...place })
      })
  },
}

const pauseVerb: Verb = {
  name: 'pause',
  summary: 'Start no more tasks of a queue.',
  details: 'Those that run go on, new ones are accepted and wait. It stays paused over restarts.',
  examples: [
    ['tsrv queue pause mail', 'until it is resumed'],
    ['tsrv queue pause mail --for 30m', 'it goes on by itself'],
  ],
  exits: EXITS,
  define(command, result) {
    common(command)
      .argument('<queue>', 'Its name.')
      .option('--for <time>', 'Such as 30m or 2h.', asDuration)
      .action(
        async (queue: string, { for: within, json = false, ...place }: QueueOptions & { for?: number }) => {
          const { queueDeed } = await import('../commands/queue-deed.ts')
          const asked = { ask: 'pause-queue', queue, ...(within !== undefined && { within }) } as const
          result.exitCode = await queueDeed(asked, { json, ...place })
        },
      )
  },
}

const resumeVerb: Verb = {
  name: 'resume',
  summary: 'Go on with a queue that was paused.',
  examples: [['tsrv queue resume mail']],
  exits: EXITS,
  define(command, result) {
    common(command)
      .argument('<queue>', 'Its name.')
      .action(async (queue: string, { json = false, ...place }: QueueOptions) => {
        const { queueDeed } = await import('../commands/queue-deed.ts')
        result.exitCode = await queueDeed({ ask: 'resume-queue', queue }, { json, ...place })
      })
  },
}

const initVerb: Verb = {
  name: 'init',
  summary: 'Make what the queues are kept in, before the first start or again.',
  details:
    'A start does the same by itself. Called on its own it shows whether the place can be used, and brings the tables of an earlier version up to date.',
  examples: [['tsrv queue init']],
  exits: [
    [0, 'all is there'],
    [1, 'it cannot be made; the reason says why'],
  ],
  define(command, result) {
    common(command).action(async ({ json = false, ...place }: QueueOptions) => {
      const { queueInit } = await import('../commands/queue-init.ts')
      result.exitCode = await queueInit({ json, ...place })
    })
  },
}

export const queueVerb: Verb = {
  name: 'queue',
  summary: 'Look at the queues of the running server, pause and resume them.',
  details:
    'Queues are named by tasks.queues of the configuration; tasks.selector says from which one the next task is taken.',
  examples: [['tsrv queue list'], ['tsrv queue pause mail', 'while the mail server is down']],
  exits: EXITS,
  define() {},
  verbs: [listVerb, pauseVerb, resumeVerb, initVerb],
}

function common(command: Command): Command {
  return addFileOption(command).option('--json', 'Print JSON, for scripts.')
}
