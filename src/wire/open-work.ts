/** What a process has still open while it drains, and the words for it. */

export interface OpenWork {
  /** Not answered yet. */
  readonly requests: number
  /** Whose answer has begun: streams, server-sent events, downloads. */
  readonly streams: number
  readonly webSockets: number
  /** Other connections that have left HTTP. */
  readonly upgrades: number
  readonly tasks: number
}

export const NOTHING_OPEN: OpenWork = { requests: 0, streams: 0, webSockets: 0, upgrades: 0, tasks: 0 }

const KINDS = [
  ['requests', 'request'],
  ['streams', 'stream'],
  ['webSockets', 'WebSocket'],
  ['upgrades', 'upgraded connection'],
  ['tasks', 'task'],
] as const satisfies readonly (readonly [keyof OpenWork, string])[]

export function sumOf(works: readonly OpenWork[]): OpenWork {
  const sum = (kind: keyof OpenWork): number => works.reduce((total, work) => total + work[kind], 0)
  return {
    requests: sum('requests'),
    streams: sum('streams'),
    webSockets: sum('webSockets'),
    upgrades: sum('upgrades'),
    tasks: sum('tasks'),
  }
}

/** `3 requests, 1 task`; empty when nothing is open. */
export function wordsFor(work: OpenWork): string {
  const parts = KINDS.filter(([kind]) => work[kind] > 0).map(([kind, name]) => counted(work[kind], name))
  return parts.join(', ')
}

/** Its end without an answer is a loss. A WebSocket has a way of being told that its server goes away. */
export function isLoss({ requests, streams, upgrades, tasks }: OpenWork): boolean {
  return requests + streams + upgrades + tasks > 0
}

function counted(number: number, name: string): string {
  return `${number} ${name}${number === 1 ? '' : 's'}`
}
