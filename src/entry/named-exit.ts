/** Names an end that the user's code has brought about: Node itself would say the code alone. */
import { fileURLToPath } from 'node:url'
import { getCallSites, type CallSiteObject } from 'node:util'
import type { ProcessLog } from '../log/process-log.ts'
import type { SupervisorLink } from './supervisor-link.ts'

/** Everything under it is ours, in a checkout as in a package. */
const OWN = new URL('..', import.meta.url).href
const FRAMES = 16

export interface NamedExitOptions {
  readonly log: Pick<ProcessLog, 'logger' | 'flush'>
  /** Absent in a thread. */
  readonly link?: SupervisorLink
  /** What the log and the supervisor call that code: `The app`. */
  readonly who: string
  /** More for the record. */
  readonly fields?: () => object
  /** Whether to end with code 0 is nothing to worry about. */
  readonly mayEnd?: boolean
}

export function nameExits({ log, link, who, fields = () => ({}), mayEnd = false }: NamedExitOptions): void {
  process.on('exit', (code) => {
    const caller = callerOfExit(getCallSites(FRAMES))
    if (caller === undefined) return
    const what = `called process.exit(${code}) at ${placeOf(caller)}`
    log.logger[mayEnd && code === 0 ? 'info' : 'error'](
      { event: 'process-exit', code, ...fields() },
      `${who} ${what}`,
    )
    log.flush()
    // Written at once, unless the supervisor is far behind in reading.
    void link?.send({ type: 'last-words', reason: `${who.charAt(0).toLowerCase()}${who.slice(1)} ${what}` })
  })
}

type Frame = Pick<CallSiteObject, 'functionName' | 'scriptName' | 'lineNumber' | 'columnNumber'>

/** @returns undefined when that was ourselves, or nobody: then nothing was left to do */
export function callerOfExit(frames: readonly Frame[]): Frame | undefined {
  const at = frames.findLastIndex(
    ({ functionName, scriptName }) =>
      scriptName.startsWith('node:internal/process/') && functionName.endsWith('exit'),
  )
  const caller = at === -1 ? undefined : frames[at + 1]
  return caller === undefined || caller.scriptName.startsWith(OWN) ? undefined : caller
}

function placeOf({ scriptName, lineNumber, columnNumber }: Frame): string {
  const file = scriptName.startsWith('file:') ? fileURLToPath(scriptName) : scriptName
  return `${file}:${lineNumber}:${columnNumber}`
}
