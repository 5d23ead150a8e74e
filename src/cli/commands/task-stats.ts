/** `tsrv task stats`: how many tasks there are of each kind. */
import { askServer } from '../ask-server.ts'
import { taskStatsText } from '../render/task-stats.ts'
import { show } from '../watch.ts'

export interface TaskStatsOptions {
  readonly config?: string
  readonly json: boolean
  readonly watch: boolean
  readonly where: readonly string[]
}

export function taskStats({ config, json, watch, where }: TaskStatsOptions): Promise<number> {
  return show({
    json,
    watch,
    ask: () => askServer(config, { ask: 'stats', where }),
    text: taskStatsText,
  })
}
