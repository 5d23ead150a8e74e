/** One queue of the memory broker: the tasks that wait in it, and how many are in each other state. */
import type { QueueCounts, QueueState } from '../../broker.ts'
import { WaitingLine } from './waiting-line.ts'

export class MemoryQueue {
  readonly waiting = new WaitingLine()
  running = 0
  dead = 0
  undelivered = 0
  /** Milliseconds since 1970. */
  pausedUntil = 0

  isPaused(now: number): boolean {
    return this.pausedUntil > now
  }

  state(name: string, now: number): QueueState {
    const state = { name, ...this.counts(now) }
    return this.isPaused(now) ? { ...state, pausedUntil: this.pausedUntil } : state
  }

  counts(now: number): QueueCounts {
    this.waiting.advance(now)
    const { ready, delayed, suspects, bytes, oldestDue = now } = this.waiting
    const { running, dead, undelivered } = this
    return {
      ready,
      suspects,
      delayed,
      running,
      dead,
      undelivered,
      bytes,
      oldestReady: Math.max(0, now - oldestDue),
    }
  }
}

export const NO_COUNTS: QueueCounts = {
  ready: 0,
  suspects: 0,
  delayed: 0,
  running: 0,
  dead: 0,
  undelivered: 0,
  bytes: 0,
  oldestReady: 0,
}

/** The counts of two queues as one. */
export function addCounts(one: QueueCounts, other: QueueCounts): QueueCounts {
  return {
    ready: one.ready + other.ready,
    suspects: one.suspects + other.suspects,
    delayed: one.delayed + other.delayed,
    running: one.running + other.running,
    dead: one.dead + other.dead,
    undelivered: one.undelivered + other.undelivered,
    bytes: one.bytes + other.bytes,
    oldestReady: Math.max(one.oldestReady, other.oldestReady),
  }
}
