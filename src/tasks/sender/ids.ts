/**
 * Task ids for one sender: given out synchronously, unique per installation, increasing. The sender draws from
 * a small block and asks for the next one in time; a loop that never lets the answer in draws from the reserve.
 */
import { TsrvError } from '../../errors.ts'
import type { IdGrant, IdRange, IdRangeKind } from '../../wire/messages.ts'

export class TaskIds {
  #current: IdRange
  #next: number
  #following: IdRange | undefined
  readonly #reserve: IdRange
  /** Once in the reserve, ids stay in reserves: a block would hand out smaller numbers again. */
  #kind: IdRangeKind = 'block'
  #hasAsked = false
  readonly #ask: (kind: IdRangeKind) => void

  /** @param ask requests another range, which comes back through `refill` */
  constructor(grant: IdGrant, ask: (kind: IdRangeKind) => void) {
    this.#current = grant.block
    this.#next = grant.block.first
    this.#reserve = grant.reserve
    this.#ask = ask
  }

  /** @throws TsrvError TSRV_IDS_EXHAUSTED when block and reserve are used up before a refill came */
  next(): number {
    if (this.#next > this.#current.last) this.#turnOver()
    const id = this.#next++
    if (this.#following === undefined && !this.#hasAsked && this.#isHalfUsed()) {
      this.#hasAsked = true
      this.#ask(this.#kind)
    }
    return id
  }

  /** Takes the range that was asked for. A block that comes after the reserve was entered is left unused. */
  refill(range: IdRange): void {
    this.#hasAsked = false
    if (range.first > this.#current.first) this.#following ??= range
  }

  #isHalfUsed(): boolean {
    return this.#next - this.#current.first > (this.#current.last - this.#current.first) / 2
  }

  #turnOver(): void {
    if (this.#following !== undefined) {
      this.#current = this.#following
      this.#following = undefined
    } else if (this.#kind === 'block') {
      this.#kind = 'reserve'
      this.#current = this.#reserve
      this.#hasAsked = false
    } else {
      throw new TsrvError('IDS_EXHAUSTED', { reserve: this.#current.last - this.#current.first + 1 })
    }
    this.#next = this.#current.first
  }
}
