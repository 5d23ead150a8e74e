/** How php-task-manager's tasks tell of themselves; every call is one of the task's event. */
import type { TaskEvent } from '../../events/task-events.ts'

/**
 * Reports from within a task how far it is and how it ends.
 *
 * @example
 * export const resizeAll = handles(ResizeAll, async ({ files }, event) => {
 *   const reporter = new ProgressReporter(event)
 *   reporter.setCompletionTarget(files.length)
 *   for (const [index, file] of files.entries()) {
 *     await resize(file)
 *     reporter.setCompletion(index + 1)
 *   }
 *   reporter.finishTask({ resized: files.length })
 * })
 */
export class ProgressReporter {
  readonly #event: Pick<TaskEvent, 'progress' | 'finish' | 'fail'>
  #message = ''
  #completion = 0
  #completionTarget = 100
  #isOver = false

  constructor(event: Pick<TaskEvent, 'progress' | 'finish' | 'fail'>) {
    this.#event = event
  }

  get message(): string {
    return this.#message
  }

  /** How far it is, between 0 and `completionTarget`. */
  get completion(): number {
    return this.#completion
  }

  get completionTarget(): number {
    return this.#completionTarget
  }

  setMessage(message: string): void {
    this.#message = message
    this.#changed()
  }

  setCompletion(completion: number): void {
    this.#completion = completion
    this.#changed()
  }

  /** What `completion` is at the end. Default 100. */
  setCompletionTarget(target: number): void {
    this.#completionTarget = target
    this.#changed()
  }

  /** Ends the task with its result. Only the first end counts: a second one is logged and ignored. */
  finishTask(result?: unknown): void {
    if (!this.#isOver) {
      this.#completion = this.#completionTarget
      this.#changed()
    }
    this.#isOver = true
    this.#event.finish(result)
  }

  /**
   * Fails the task: its report has this error, and the completion that it had reached.
   *
   * @param error what went wrong, an Error or its text
   * @param message the last message of the task; without it the text of the error
   */
  failTask(error: unknown = 'the task failed', message?: string): void {
    const failure = error instanceof Error ? error : new Error(String(error))
    if (!this.#isOver) this.setMessage(message ?? failure.message)
    this.#isOver = true
    this.#event.fail(failure)
  }

  #changed(): void {
    if (this.#isOver) return
    const { message, completion, completionTarget: target } = this
    this.#event.progress({ message, completion, target })
  }
}
