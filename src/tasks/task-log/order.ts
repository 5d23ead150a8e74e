/** The order of values and the LIKE of SQLite, for records that are not in a database. */

/** A value as a column holds it. */
export type Cell = string | number | null

/** Smaller than 0 when `one` comes first: nothing, then numbers, then texts by code point. */
export function compareCells(one: Cell, other: Cell): number {
  if (typeof one === 'string' && typeof other === 'string') return compareTexts(one, other)
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return kindOrder(one) - kindOrder(other)
}

function kindOrder(cell: Cell): number {
  if (cell === null) return 0
  return typeof cell === 'number' ? 1 : 2
}

function compareTexts(one: string, other: string): number {
  const shared = Math.min(one.length, other.length)
  for (let at = 0; at < shared; at++) {
    const difference = codePointOrder(one.charCodeAt(at)) - codePointOrder(other.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** Surrogates stand for code points beyond all others, though U+E000 and above have higher code units. */
function codePointOrder(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** Whether `%` for any text and `_` for one character make `pattern` the text; ASCII letters in either case. */
export function isLike(text: string, pattern: string): boolean {
  const given = Array.from(foldCase(text))
  const wanted = Array.from(foldCase(pattern))
  let at = 0
  let from = 0
  // The last `%` takes one character more whenever the rest does not fit: earlier ones never need to change.
  let wild = -1
  let wildUntil = 0
  while (at < given.length) {
    if (wanted[from] === '%') {
      wild = from++
      wildUntil = at
    } else if (from < wanted.length && (wanted[from] === '_' || wanted[from] === given[at])) {
      at++
      from++
    } else if (wild === -1) {
      return false
    } else {
      from = wild + 1
      at = ++wildUntil
    }
  }
  return wanted.slice(from).every((character) => character === '%')
}

function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
