/** Asks and shows once, or again and again until it is told to end. */
import { setTimeout as wait } from 'node:timers/promises'
import { StopSignals } from '../entry/stop-signals.ts'
import { printNotRunning } from './render/not-running.ts'
import { Screen } from './render/screen.ts'
import { printLine } from './render/terminal.ts'

const EVERY = 500

export interface Shown<Answer> {
  readonly json: boolean
  readonly watch: boolean
  /** Undefined: no server runs. */
  readonly ask: () => Promise<Answer | undefined>
  readonly text: (answer: Answer) => string
  /** Nothing more will change. */
  readonly isFinal?: (answer: Answer) => boolean
}

/** @returns the exit status */
export async function show<Answer>({ json, watch, ask, text, isFinal }: Shown<Answer>): Promise<number> {
  if (!watch) {
    const answer = await ask()
    if (answer === undefined) return printNotRunning()
    printLine(json ? JSON.stringify(answer, null, 2) : text(answer))
    return 0
  }
  using stops = new StopSignals()
  const { signal } = stops
  const screen = new Screen()
  while (!signal.aborted) {
    const answer = await ask()
    if (answer === undefined) return printNotRunning()
    const key = JSON.stringify(answer)
    screen.draw(json ? key : text(answer), key)
    if (isFinal?.(answer) === true) return 0
    await wait(EVERY, undefined, { signal }).catch(() => {})
  }
  return 0
}
