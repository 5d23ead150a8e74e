/** Compares what should run with what runs and says what to do next. Pure: no clock, no process, no I/O. */
import type { ChildRole, ChildState } from './state.ts'

export interface Wanted {
  readonly httpWorkers: number
  /** The one task server, or none. */
  readonly taskServer: boolean
  readonly generation: number
}

export interface Seen {
  readonly role: ChildRole
  readonly slot: number
  readonly generation: number
  readonly state: ChildState
}

/** A place that must stay empty until a moment, because what ran there died too often. */
export interface Pause {
  readonly role: ChildRole
  readonly slot: number
  readonly until: number
}

export type Action =
  | { readonly do: 'spawn'; readonly role: ChildRole; readonly slot: number }
  | { readonly do: 'drain'; readonly child: Seen }

export function plan(wanted: Wanted, seen: readonly Seen[], pauses: readonly Pause[], now: number): Action[] {
  const actions: Action[] = []
  for (const place of placesOf(wanted)) {
    const here = seen.filter((child) => isAt(child, place) && isLive(child))
    const current = here.find((child) => child.generation === wanted.generation)
    const paused = pauses.some((pause) => isAt(pause, place) && pause.until > now)
    if (current === undefined && !paused) actions.push({ do: 'spawn', ...place })
    // An old worker goes only when its successor can take requests: no request is dropped.
    if (current?.state === 'ready') actions.push(...drains(here.filter((child) => child !== current)))
  }
  const places = placesOf(wanted)
  const surplus = seen.filter((child) => isLive(child) && !places.some((place) => isAt(child, place)))
  return [...actions, ...drains(surplus)]
}

/** Spawned in this order: HTTP workers draw the lowest task ids, and answer first. */
function placesOf(wanted: Wanted): { role: ChildRole; slot: number }[] {
  const http = Array.from({ length: wanted.httpWorkers }, (_, slot) => ({
    role: 'http-worker' as const,
    slot,
  }))
  return wanted.taskServer ? [...http, { role: 'task-server' as const, slot: 0 }] : http
}

function drains(children: readonly Seen[]): Action[] {
  return children.filter((child) => child.state === 'ready').map((child) => ({ do: 'drain', child }))
}

/** A draining worker no longer fills its place. */
function isLive({ state }: Seen): boolean {
  return state === 'starting' || state === 'ready'
}

function isAt(one: { role: ChildRole; slot: number }, place: { role: ChildRole; slot: number }): boolean {
  return one.role === place.role && one.slot === place.slot
}
