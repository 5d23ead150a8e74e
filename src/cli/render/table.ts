/** Tables that fit their terminal: columns as wide as what is in them, and the long ones cut when it is too much. */
import { cut, padded, widthOf } from './text-width.ts'

export interface Column {
  readonly title: string
  /** It may be cut down to this many cells. */
  readonly least?: number
}

export interface Cell {
  readonly text: string
  /** Colours; applied last, because they have no width. */
  readonly style?: (text: string) => string
}

const GAP = '  '

/** @param width cells of a line; Infinity where nothing has to fit */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string[] {
  const widths = fittingWidths(columns, rows, width)
  const head = columns.map(({ title }) => ({ text: title }))
  return [head, ...rows].map((cells) => line(cells, widths))
}

function line(cells: readonly Cell[], widths: readonly number[]): string {
  const shown = cells.map(({ text, style = unstyled }, index) => {
    const width = widths[index] ?? 0
    const fitting = cut(text, width)
    const styled = fitting === '' ? '' : style(fitting)
    // The last one ends the line.
    return index === cells.length - 1 ? styled : styled + padded('', width - widthOf(fitting))
  })
  return shown.join(GAP).trimEnd()
}

function unstyled(text: string): string {
  return text
}

/** The widest column that may be cut gives way, one cell at a time. */
function fittingWidths(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): readonly number[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...rows.map((cells) => widthOf(cells[index]?.text ?? ''))),
  )
  const spent = (): number => widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1)
  for (let excess = spent() - width; excess > 0; excess--) {
    const slack = columns.map(({ least }, index) =>
      least !== undefined && (widths[index] ?? 0) > least ? (widths[index] ?? 0) : 0,
    )
    const widest = slack.indexOf(Math.max(...slack))
    if (slack[widest] === 0 || slack[widest] === undefined) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}
