/** Life of one child process as the supervisor sees it. The table is the specification. */
import type { Role } from '../util/entry-url.ts'

const MOVES = {
  starting: ['ready', 'stopping', 'dead'],
  ready: ['draining', 'stopping', 'dead'],
  draining: ['stopping', 'dead'],
  /** Told to end at once; only the exit is still to come. */
  stopping: ['dead'],
  dead: [],
} as const satisfies Record<string, readonly string[]>

export type ChildState = keyof typeof MOVES

export type ChildRole = Extract<Role, 'http-worker' | 'task-server' | 'service'>

export function canMove(from: ChildState, to: ChildState): boolean {
  return (MOVES[from] as readonly ChildState[]).includes(to)
}
