/** What is known of one task of a task manager while it goes on, and at its end. */
import type { Progress, TaskReport } from '../../server.ts'

/** How far a task is, or what became of it. */
export interface TaskProgressReport<Result = unknown> {
  readonly id: number
  readonly state: 'processing' | TaskReport['state']
  /** The task's last message; empty when it has said nothing. */
  readonly message: string
  /** Between 0 and `completionTarget`, which it is at a good end. */
  readonly completion: number
  readonly completionTarget: number
  /** What the task returned; undefined while it runs and when it failed. */
  readonly value?: Result
  readonly error?: Error
  /** The task that has the key, for a `duplicate`. */
  readonly duplicateOf?: number
  /** Milliseconds the handlers ran, once it has ended. */
  readonly duration?: number
  readonly attempt?: number
}

export class TaskTrack {
  readonly id: number
  #message = ''
  #completion = 0
  #completionTarget = 100

  constructor(id: number) {
    this.id = id
  }

  progressed({ message, completion, target }: Progress): TaskProgressReport {
    this.#message = message ?? this.#message
    this.#completion = completion ?? this.#completion
    this.#completionTarget = target ?? this.#completionTarget
    return { id: this.id, state: 'processing', ...this.#reached() }
  }

  ended(report: TaskReport): TaskProgressReport {
    if (report.state === 'completed') this.#completion = this.#completionTarget
    const { id, state, value, error, duplicateOf, duration, attempt } = report
    const outcome = {
      ...(value !== undefined && { value }),
      ...(error !== undefined && { error }),
      ...(duplicateOf !== undefined && { duplicateOf }),
    }
    return { id, state, ...this.#reached(), ...outcome, duration, attempt }
  }

  #reached(): Pick<TaskProgressReport, 'message' | 'completion' | 'completionTarget'> {
    return {
      message: this.#message,
      completion: this.#completion,
      completionTarget: this.#completionTarget,
    }
  }
}
