/** A list that gives the item with the lowest rank first; any item can be taken out of the middle. */

/** An item's place in a heap; keep it to take the item out. */
export interface HeapNode<Item> {
  readonly item: Item
  readonly rank: number
  /** Decides between equal ranks: the lowest goes first. */
  readonly turn: number
  /** Where the heap keeps it; -1 once it is out. */
  index: number
}

/** Adding at the end of the order costs nothing more at any length, taking out O(log n). */
export class Heap<Item> {
  readonly #nodes: HeapNode<Item>[] = []

  get size(): number {
    return this.#nodes.length
  }

  get first(): HeapNode<Item> | undefined {
    return this.#nodes[0]
  }

  push(item: Item, rank: number, turn: number): HeapNode<Item> {
    const node = { item, rank, turn, index: this.#nodes.length }
    this.#nodes.push(node)
    this.#rise(node)
    return node
  }

  shift(): Item | undefined {
    const first = this.#nodes[0]
    if (first !== undefined) this.remove(first)
    return first?.item
  }

  /** Does nothing when the item is out already. */
  remove(node: HeapNode<Item>): void {
    const { index } = node
    if (this.#nodes[index] !== node) return
    const last = this.#nodes.pop()
    node.index = -1
    if (last === undefined || last === node) return
    this.#place(last, index)
    this.#rise(last)
    this.#sink(last)
  }

  #rise(node: HeapNode<Item>): void {
    let { index } = node
    while (index > 0) {
      const parent = this.#nodes[(index - 1) >> 1]
      if (parent === undefined || !goesBefore(node, parent)) break
      const above = parent.index
      this.#place(parent, index)
      index = above
    }
    this.#place(node, index)
  }

  #sink(node: HeapNode<Item>): void {
    let { index } = node
    for (;;) {
      const left = this.#nodes[2 * index + 1]
      if (left === undefined) break
      const right = this.#nodes[2 * index + 2]
      const child = right !== undefined && goesBefore(right, left) ? right : left
      if (!goesBefore(child, node)) break
      const below = child.index
      this.#place(child, index)
      index = below
    }
    this.#place(node, index)
  }

  #place(node: HeapNode<Item>, index: number): void {
    this.#nodes[index] = node
    node.index = index
  }
}

function goesBefore(one: HeapNode<unknown>, other: HeapNode<unknown>): boolean {
  return one.rank < other.rank || (one.rank === other.rank && one.turn < other.turn)
}
