/**
 * Settings that must agree, whatever sources they have: routes and schedules with queues, schedules with task workers
 * and with the library that reads their times.
 */
import { messageOf } from '../errors.ts'
import { readCron } from '../util/cron.ts'
import type { Config } from './config.ts'
import type { Origin } from './given.ts'
import { type Problem, unknownKey } from './problems.ts'

/** Schedules run in the task server, which only a server with task workers has. */
export function idleSchedules({ schedules, taskWorkers }: Config, origin: Origin): Problem[] {
  if (schedules.length === 0 || taskWorkers !== 0) return []
  const message = 'nothing runs them without task workers: start with -t 1 or more, or set taskWorkers'
  return [{ where: origin.name, line: origin.line, key: 'schedules', message }]
}

/** Of routes. */
export function unknownQueues(config: Config, origin: Origin): Problem[] {
  return Object.entries(config.tasks.routes).flatMap(([task, queue]) =>
    unknownQueue(queue, `tasks.routes.${task}`, config, origin),
  )
}

/** Queues that there are not, and cron expressions whose fields are wrong. */
export async function wrongSchedules(config: Config, origin: Origin): Promise<Problem[]> {
  const found = config.schedules.map(async ({ queue, cron, timezone }, index) => {
    const place = `schedules[${index}]`
    const misrouted = queue === undefined ? [] : unknownQueue(queue, `${place}.queue`, config, origin)
    if (cron === undefined) return misrouted
    const message = await readCron(cron, timezone).then(() => undefined, messageOf)
    if (message === undefined) return misrouted
    const wrong = { where: origin.name, line: origin.line, key: `${place}.cron`, value: cron, message }
    return [...misrouted, wrong]
  })
  return (await Promise.all(found)).flat()
}

function unknownQueue(queue: string, key: string, { tasks }: Config, origin: Origin): Problem[] {
  const known = ['default', ...tasks.queues.map(({ name }) => name)]
  if (known.includes(queue)) return []
  const message = `${unknownKey(queue, known, 'unknown queue')}; tasks.queues has ${known.join(', ')}`
  return [{ where: origin.name, line: origin.line, key, message }]
}
