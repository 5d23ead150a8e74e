/**
 * How long tasks take lately, and so how many to claim before there is a lane for them: a claim has to be committed,
 * and short tasks would spend more time waiting for that than running.
 */

/** Milliseconds of work that may lie ready for each lane. */
const AHEAD = 4
const MOST = 32
/** Weight of the newest task. */
const NEWEST = 0.1

export class Pace {
  #average: number | undefined

  /** @param duration milliseconds */
  note(duration: number): void {
    const before = this.#average ?? duration
    // One long task tells more than many short ones: what is claimed behind it would wait for it.
    this.#average = Math.max(before * (1 - NEWEST) + duration * NEWEST, duration > AHEAD ? duration / 2 : 0)
  }

  /** Tasks to claim ahead for each lane; none before anything is known. */
  get tasksAhead(): number {
    return this.#average === undefined
      ? 0
      : Math.min(MOST, Math.floor(AHEAD / Math.max(this.#average, AHEAD / MOST)))
  }
}
