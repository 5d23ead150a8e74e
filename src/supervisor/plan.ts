/** Compares what should run with what runs and says what to do next. Pure: no clock, no process, no I/O. */
import type { ChildRole, ChildState } from './state.ts'

export interface Wanted {
  readonly httpWorkers: number
  /** The one task server, or none. */
  readonly taskServer: boolean
  /** HTTP workers of an older one are replaced. The task server lives on and replaces its threads itself. */
  readonly generation: number
  /** Somebody waits for new code: once one worker has it, all others are replaced together. */
  readonly isHasty?: boolean
}

export interface Seen {
  readonly role: ChildRole
  readonly slot: number
  readonly generation: number
  readonly state: ChildState
  /** It is ready and waits for a successor. */
  readonly isRetiring?: boolean
}

/** A place that must stay empty until a moment, because what ran there died too often. */
export interface Pause {
  readonly role: ChildRole
  readonly slot: number
  readonly until: number
}

export interface PlaceName {
  readonly role: ChildRole
  readonly slot: number
}

export type Action<Child extends Seen = Seen> =
  | ({ readonly do: 'spawn' } & PlaceName)
  | { readonly do: 'drain'; readonly child: Child }

export function plan<Child extends Seen>(
  wanted: Wanted,
  seen: readonly Child[],
  pauses: readonly Pause[],
  now: number,
): Action<Child>[] {
  const actions: Action<Child>[] = []
  let isReplacing = seen.some((child) => child.state === 'starting' && hasElder(child, seen))
  const isOneByOne = wanted.isHasty !== true || !seen.some((child) => isProof(child, wanted))
  for (const place of placesOf(wanted)) {
    const here = seen.filter((child) => isAt(child, place))
    const current = newest(here.filter((child) => isCurrent(child, wanted) && fills(child)))
    const paused = pauses.some((pause) => isAt(pause, place) && pause.until > now)
    const isServed = here.some((child) => child.state === 'ready')
    // Served places wait for their turn: a reload boots one worker at a time, beside the ones that answer.
    if (current === undefined && !paused && !(isServed && isReplacing && isOneByOne)) {
      actions.push({ do: 'spawn', ...place })
      isReplacing ||= isServed
    }
    // An old worker goes only when its successor can take requests: no request is dropped.
    if (current?.state === 'ready') actions.push(...drains(here.filter((child) => child !== current)))
  }
  const places = placesOf(wanted)
  const surplus = seen.filter((child) => !places.some((place) => isAt(child, place)))
  return [...actions, ...drains(surplus)]
}

/** Spawned in this order: HTTP workers draw the lowest task ids, and answer first. */
export function placesOf(wanted: Wanted): PlaceName[] {
  const http = Array.from({ length: wanted.httpWorkers }, (_, slot) => ({
    role: 'http-worker' as const,
    slot,
  }))
  return wanted.taskServer ? [...http, { role: 'task-server' as const, slot: 0 }] : http
}

function drains<Child extends Seen>(children: readonly Child[]): Action<Child>[] {
  return children.filter((child) => child.state === 'ready').map((child) => ({ do: 'drain', child }))
}

/**
 * A draining child no longer fills its place. One that is being killed does until it is gone: its successor would
 * meet it at the same socket, and come before the pause that its death may call for.
 */
function fills({ state }: Seen): boolean {
  return state === 'starting' || state === 'ready' || state === 'stopping'
}

function isCurrent(child: Seen, wanted: Wanted): boolean {
  if (child.role === 'task-server') return true
  return child.generation >= wanted.generation && child.isRetiring !== true
}

/** Whether it shows that the code of its generation boots. */
function isProof(child: Seen, wanted: Wanted): boolean {
  return child.role === 'http-worker' && child.state === 'ready' && isCurrent(child, wanted)
}

function newest<Child extends Seen>(children: readonly Child[]): Child | undefined {
  return children.toSorted((one, other) => other.generation - one.generation)[0]
}

/** Whether a ready worker that is older, or wants to go, serves the same place. */
function hasElder(child: Seen, seen: readonly Seen[]): boolean {
  const isElder = (one: Seen): boolean => one.generation < child.generation || one.isRetiring === true
  return seen.some((one) => isAt(one, child) && one.state === 'ready' && isElder(one))
}

function isAt(one: PlaceName, place: PlaceName): boolean {
  return one.role === place.role && one.slot === place.slot
}
