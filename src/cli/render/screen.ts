/** Standard output as a place where something is shown again and again, such as a list that is watched. */
import { stripVTControlCharacters } from 'node:util'
import { printLine } from './terminal.ts'
import { widthOf } from './text-width.ts'

/** Cells of a line; in a pipe nothing has to fit. */
export function outputWidth(): number {
  return isTerminal() ? process.stdout.columns : Infinity
}

export function isTerminal(): boolean {
  return process.stdout.isTTY
}

/** Redraws in place on a terminal; in a pipe, writes what has changed below what was there. */
export class Screen {
  #rows = 0
  #shown: string | undefined

  /** @param key equal for what says the same: times that have passed are no change */
  draw(text: string, key: string): void {
    if (isTerminal()) return this.#redraw(text)
    if (key === this.#shown) return
    this.#shown = key
    printLine(text)
  }

  /** Not more lines than fit, because what has left the terminal above cannot be redrawn. */
  #redraw(text: string): void {
    const { rows, columns } = process.stdout
    const lines = text.split('\n')
    while (lines.length > 1 && rowsOf(lines, columns) >= rows) lines.pop()
    const up = this.#rows > 0 ? `\u001b[${this.#rows}A` : ''
    printLine(`${up}\r\u001b[J${lines.join('\n')}`)
    this.#rows = rowsOf(lines, columns)
  }
}

/** Lines that are longer than the terminal is wide take several. */
function rowsOf(lines: readonly string[], columns: number): number {
  const rows = lines.map((line) => Math.ceil(widthOf(stripVTControlCharacters(line)) / columns))
  return rows.reduce((sum, one) => sum + Math.max(1, one), 0)
}
