/** Text in the cells of a terminal: how wide it is, and the beginning of it that fits. */

/** Two cells: East Asian full width and most emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
/** None: they belong to the letter before them. */
const JOINED = /\p{Mn}|\p{Me}|\u200d|\ufe0f/u

export function widthOf(text: string): number {
  let width = 0
  for (const letter of text) width += letterWidth(letter)
  return width
}

/** With an ellipsis for what did not fit. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const letter of text) {
    used += letterWidth(letter)
    if (used > width - 1) break
    kept += letter
  }
  return width > 0 ? `${kept}…` : ''
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

function letterWidth(letter: string): number {
  if (JOINED.test(letter)) return 0
  return WIDE.test(letter) ? 2 : 1
}
