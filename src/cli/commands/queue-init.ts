/** `tsrv queue init`: by the server if one runs, else here. */
import { processEnv } from '../../config/env.ts'
import { loadConfig } from '../../config/load.ts'
import { openRunDirectory } from '../../control/run-directory.ts'
import { EVENT_NAMES } from '../../events/catalogue.ts'
import { initialiseQueues } from '../../entry/queue-init.ts'
import type { QueueListing } from '../../wire/task-questions.ts'
import { askServer } from '../ask-server.ts'
import { initialisedText } from '../render/queue-list.ts'
import { printable, printLine } from '../render/terminal.ts'
import { locateServer } from '../server-place.ts'

export interface QueueInitOptions {
  readonly config?: string
  readonly json: boolean
}

export async function queueInit({ config, json }: QueueInitOptions): Promise<number> {
  const listing = (await askServer(config, { ask: 'init-queues' })) ?? (await initialise(config))
  printLine(json ? JSON.stringify(listing, null, 2) : initialisedText(listing))
  return 0
}

/** Nobody else has the store open: its lock says so. */
async function initialise(file: string | undefined): Promise<QueueListing> {
  const { paths } = locateServer(file)
  const { config } = await loadConfig({
    cwd: process.cwd(),
    file,
    command: 'queue',
    flags: {},
    overrides: [],
    events: EVENT_NAMES,
    env: processEnv(),
  })
  openRunDirectory(paths)
  return initialiseQueues(config, {
    file: paths.standsFor === undefined ? paths.tasksFile : undefined,
    onTrouble: (message) => printLine(printable(message), 'stderr'),
  })
}
