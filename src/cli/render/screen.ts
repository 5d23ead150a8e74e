/** Standard output as a place where something is shown again and again, such as a list that is watched. */
import { printLine } from './terminal.ts'

/** Cells of a line; in a pipe nothing has to fit. */
export function outputWidth(): number {
  return isTerminal() ? process.stdout.columns : Infinity
}

export function isTerminal(): boolean {
  return process.stdout.isTTY
}

/** Redraws in place on a terminal; in a pipe, writes what has changed below what was there. */
export class Screen {
  #lines = 0
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
    const lines = text.split('\n').slice(0, process.stdout.rows - 1)
    const up = this.#lines > 0 ? `\u001b[${this.#lines}A` : ''
    printLine(`${up}\r\u001b[J${lines.join('\n')}`)
    this.#lines = lines.length
  }
}
