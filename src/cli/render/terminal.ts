/** The one way to print, and the colours of a terminal that wants them. */
import { styleText } from 'node:util'

type Target = 'stdout' | 'stderr'
type Style = Parameters<typeof styleText>[0]

export function printLine(text: string, target: Target = 'stdout'): void {
  const stream = process[target]
  // A reader that went away, or a terminal that was closed, is no reason to fail.
  if (stream.listenerCount('error') === 0) stream.on('error', () => {})
  stream.write(`${text}\n`)
}

/** Styles text for a terminal; NO_COLOR, FORCE_COLOR and pipes are respected (by node:util). */
export function styled(style: Style, text: string, target: Target = 'stdout'): string {
  return styleText(style, text, { stream: process[target] })
}

/** What others wrote (commands, paths, names) must not steer the terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is to be removed
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}
