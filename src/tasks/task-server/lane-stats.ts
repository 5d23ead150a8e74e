/** The lanes as `tsrv status` shows them. */
import type { LaneStats } from '../../wire/messages.ts'
import type { Attempt } from './attempt.ts'
import type { Lane } from '../lanes/lane.ts'

export function laneStats(lanes: readonly Lane[], running: readonly Attempt[]): LaneStats[] {
  return lanes.map((lane) => {
    const taskId = running.find((attempt) => attempt.lane === lane)?.claim.task.id
    return { lane: lane.number, state: lane.state, ...(taskId !== undefined && { taskId }) }
  })
}
