/** A first-in-first-out list whose `shift` costs the same at any length. */

// Below this the wasted front is not worth moving the rest for.
const WORTH_COMPACTING = 1024

export class Fifo<Item> {
  #items: (Item | undefined)[] = []
  #front = 0

  get size(): number {
    return this.#items.length - this.#front
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  /** Puts an item before all others. */
  unshift(item: Item): void {
    if (this.#front > 0) this.#items[--this.#front] = item
    else this.#items.unshift(item)
  }

  shift(): Item | undefined {
    if (this.size === 0) return undefined
    const item = this.#items[this.#front]
    this.#items[this.#front++] = undefined
    if (this.#front > WORTH_COMPACTING && this.#front * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#front)
      this.#front = 0
    }
    return item
  }
}
