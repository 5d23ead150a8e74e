/** Claims that wait for a lane, in the order in which they were made. */
import type { Claim } from '../broker.ts'
import type { LaneBoard } from '../lanes/lane-board.ts'
import type { Lane } from '../lanes/lane.ts'

export class ParkedClaims {
  #claims: Claim[] = []

  get count(): number {
    return this.#claims.length
  }

  add(claim: Claim): void {
    this.#claims.push(claim)
  }

  /** Takes out all that match; without a condition, all. */
  take(matches: (claim: Claim) => boolean = () => true): readonly Claim[] {
    const taken = this.#claims.filter(matches)
    if (taken.length > 0) this.#claims = this.#claims.filter((claim) => !taken.includes(claim))
    return taken
  }

  /** Takes out the first that matches and all behind it. */
  takeFrom(matches: (claim: Claim) => boolean): readonly Claim[] {
    const place = this.#claims.findIndex(matches)
    return place === -1 ? [] : this.#claims.splice(place)
  }

  /**
   * Takes out those for which there is a lane now. One that has to wait holds up those behind it, except for lanes that
   * run nothing but their queue.
   */
  seat(board: LaneBoard): readonly { readonly claim: Claim; readonly lane: Lane }[] {
    const seated: { claim: Claim; lane: Lane }[] = []
    let held = 0
    for (let claim = this.#claims[held]; claim !== undefined; claim = this.#claims[held]) {
      const { task, crashes } = claim
      const mustBeAlone = crashes > 0 || task.policy.mode === 'exclusive'
      const lane = board.take(mustBeAlone, { queue: task.queue, onlyOwn: held > 0 })
      if (lane !== undefined) {
        this.#claims.splice(held, 1)
        seated.push({ claim, lane })
      } else if (board.ownRoom.size > 0) {
        held++
      } else {
        break
      }
    }
    return seated
  }
}
