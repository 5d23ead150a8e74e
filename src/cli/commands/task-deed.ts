/** `tsrv task cancel`, `retry` and `archive`: something is done with tasks, or refused with a reason each. */
import { EXIT } from '../../errors.ts'
import type { TaskDeed } from '../../wire/task-questions.ts'
import { askServer } from '../ask-server.ts'
import { printNotRunning } from '../render/not-running.ts'
import { printDeed } from '../render/task-deed.ts'
import { printLine } from '../render/terminal.ts'

export interface TaskDeedOptions {
  readonly config?: string
  readonly json: boolean
}

export async function taskDeed(deed: TaskDeed, { config, json }: TaskDeedOptions): Promise<number> {
  const report = await askServer(config, deed)
  if (report === undefined) return printNotRunning()
  if (json) printLine(JSON.stringify(report, null, 2))
  else printDeed(deed.ask, report)
  return report.done.length > 0 ? 0 : EXIT.failure
}
