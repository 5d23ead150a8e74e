/** `tsrv queue pause` and `resume`. */
import type { QueueQuestion } from '../../wire/task-questions.ts'
import { askServer } from '../ask-server.ts'
import { printNotRunning } from '../render/not-running.ts'
import { pauseText } from '../render/queue-list.ts'
import { printLine } from '../render/terminal.ts'

export interface QueueDeedOptions {
  readonly config?: string
  readonly json: boolean
}

export async function queueDeed(
  asked: QueueQuestion & { readonly queue: string },
  { config, json }: QueueDeedOptions,
): Promise<number> {
  const listing = await askServer(config, asked)
  const queue = listing?.queues.find(({ name }) => name === asked.queue)
  if (queue === undefined) return printNotRunning()
  printLine(json ? JSON.stringify(queue, null, 2) : pauseText(queue, Date.now()))
  return 0
}
