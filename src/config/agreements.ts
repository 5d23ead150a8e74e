/** Settings that must agree, whatever sources they have: routes with queues, schedules with task workers. */
import type { Config } from './config.ts'
import type { Origin } from './given.ts'
import { type Problem, unknownKey } from './problems.ts'

/** Schedules run in the task server, which only a server with task workers has. */
export function idleSchedules({ schedules, taskWorkers }: Config, origin: Origin): Problem[] {
  if (schedules.length === 0 || taskWorkers !== 0) return []
  const message = 'nothing runs them without task workers: start with -t 1 or more, or set taskWorkers'
  return [{ where: origin.name, line: origin.line, key: 'schedules', message }]
}

export function unknownQueues({ tasks }: Config, origin: Origin): Problem[] {
  const known = ['default', ...tasks.queues.map(({ name }) => name)]
  return Object.entries(tasks.routes).flatMap(([task, queue]) => {
    if (known.includes(queue)) return []
    const key = `tasks.routes.${task}`
    const message = `${unknownKey(queue, known, 'unknown queue')}; tasks.queues has ${known.join(', ')}`
    return [{ where: origin.name, line: origin.line, key, message }]
  })
}
