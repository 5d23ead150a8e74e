/** What the status shows of a process that lives: what it said with its last heartbeats, or that it says nothing. */
import type { WorkerStatus } from '../control/protocol.ts'
import type { WorkerHandle } from './worker-handle.ts'

type Vitals = Pick<WorkerStatus, 'delayMs' | 'memory' | 'requests' | 'blocked'>

export function vitalsOf({ pulse }: WorkerHandle): Vitals {
  const { last, delay, blocked } = pulse
  return {
    ...(delay !== undefined && { delayMs: delay }),
    ...(last !== undefined && { memory: last.memory }),
    ...(last?.requests !== undefined && { requests: last.requests }),
    ...(blocked !== undefined && {
      blocked: {
        forMs: blocked.silence,
        requests: (blocked.note?.requests ?? []).map(({ method, url }) => `${method} ${url}`),
      },
    }),
  }
}

/** A sentence for whoever should look; undefined while it speaks. */
export function complaintAbout({ label, pulse }: WorkerHandle): string | undefined {
  if (pulse.blocked === undefined) return undefined
  const { silence, note } = pulse.blocked
  const [first, ...others] = note?.requests ?? []
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  const open = first === undefined ? '' : `, with ${first.method} ${first.url}${more} open`
  return `${label} has been blocked for ${Math.round(silence / 1000)} s${open}`
}
