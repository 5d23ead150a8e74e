/** Tells the log what a stop waits for, when it has to wait for long. */
import type { Logger } from '../server.ts'
import { NOTHING_OPEN, sumOf, wordsFor } from '../wire/open-work.ts'
import type { Crew } from './crew.ts'
import type { TaskDesk } from './task-desk.ts'

export interface StopTellerOptions {
  readonly crew: Pick<Crew, 'httpWorkers' | 'members'>
  readonly tasks: Pick<TaskDesk, 'stats'>
  readonly services: { readonly living: readonly string[] }
  readonly log: Logger
}

export type StopPhase = 'requests' | 'services' | 'tasks' | 'leader'

/** Milliseconds: a stop that is over by then needs no words. */
const FIRST = 1000
const EVERY = 5000

export class StopTeller {
  readonly #options: StopTellerOptions

  constructor(options: StopTellerOptions) {
    this.#options = options
  }

  async during(phase: StopPhase, end: Promise<unknown>): Promise<void> {
    const { log } = this.#options
    let timer: NodeJS.Timeout | undefined
    const tell = async (): Promise<void> => {
      timer = setTimeout(() => void tell(), EVERY)
      const what = await this.#waitedFor(phase)
      if (timer !== undefined) log.info({ event: 'stop-phase', phase }, `Stopping: waiting for ${what}`)
    }
    log.debug({ event: 'stop-phase', phase }, `Stopping: ${phase}`)
    timer = setTimeout(() => void tell(), FIRST)
    await end
    clearTimeout(timer)
    timer = undefined
  }

  async #waitedFor(phase: StopPhase): Promise<string> {
    const { crew, services, tasks } = this.#options
    switch (phase) {
      case 'requests': {
        const workers = crew.httpWorkers()
        return (
          wordsFor(sumOf(workers.map((worker) => worker.open))) || names(workers.map(({ label }) => label))
        )
      }
      case 'services':
        return names(services.living.map((name) => `service ${name}`))
      case 'tasks': {
        const { running = 0, queued = 0 } = (await tasks.stats()) ?? {}
        if (running + queued === 0) return 'the task server'
        return queued === 0 ? tasksInWords(running) : `${tasksInWords(running)}; ${queued} more in the queue`
      }
      case 'leader':
        return names(crew.members.map(({ label }) => label))
      default:
        return phase satisfies never
    }
  }
}

function tasksInWords(tasks: number): string {
  return tasks === 0 ? 'a task to begin' : wordsFor({ ...NOTHING_OPEN, tasks })
}

function names(all: readonly string[]): string {
  return all.length === 0 ? 'the end of its processes' : all.join(', ')
}
