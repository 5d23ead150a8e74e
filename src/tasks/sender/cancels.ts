/** Wishes to cancel that the task server has not answered; asked again over each new line. */

export class Cancels {
  readonly #answers = new Map<number, PromiseWithResolvers<boolean>>()

  /** Resolves with whether there was something to cancel. */
  ask(id: number): Promise<boolean> {
    const answer = this.#answers.get(id) ?? Promise.withResolvers<boolean>()
    this.#answers.set(id, answer)
    return answer.promise
  }

  has(id: number): boolean {
    return this.#answers.has(id)
  }

  ids(): Iterable<number> {
    return this.#answers.keys()
  }

  answered(id: number, found: boolean): void {
    this.#answers.get(id)?.resolve(found)
    this.#answers.delete(id)
  }
}
