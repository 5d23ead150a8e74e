/** A task's report on itself, see `event.progress()`. */
export interface Progress {
  readonly message?: string
  readonly completion?: number
  readonly target?: number
}
