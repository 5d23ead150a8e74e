/** How a process with a line to the task server sends tasks, as its configuration says. */
import type { Config } from '../config/config.ts'
import { server } from '../server.ts'
import { shareOf } from '../tasks/sender/outbox.ts'
import { spillFolder } from '../tasks/sender/spill.ts'
import type { TaskClientOptions } from '../tasks/sender/task-client-options.ts'
import type { Boot } from '../wire/messages.ts'

type SenderTerms = Pick<
  TaskClientOptions,
  'limits' | 'queues' | 'whenFull' | 'maxCrashes' | 'onCrash' | 'spill'
>

export function senderTerms({ config, workers, tasksFile }: Boot<Config>): SenderTerms {
  const { broker, whenFull, maxCrashes, onCrash } = config.tasks
  const terms = {
    limits: shareOf(config.tasks, workers),
    queues: config.tasks,
    whenFull,
    maxCrashes,
    onCrash,
  }
  if (tasksFile === undefined || broker === 'memory') return terms
  const onTrouble = (error: unknown): void =>
    server.log.error({ err: error }, 'Tasks cannot be written down while the task server is away')
  return { ...terms, spill: { folder: spillFolder(tasksFile), onTrouble } }
}
