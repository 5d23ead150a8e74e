/** `tsrv task show`: all that is known of one task. */
import { askServer } from '../ask-server.ts'
import { taskText } from '../render/task-show.ts'
import { show } from '../watch.ts'

export interface TaskShowOptions {
  readonly config?: string
  readonly json: boolean
  /** Until it has ended. */
  readonly watch: boolean
}

export function taskShow(id: number, { config, json, watch }: TaskShowOptions): Promise<number> {
  return show({
    json,
    watch,
    ask: () => askServer(config, { ask: 'show', id }),
    text: (task) => taskText(task, Date.now()),
    isFinal: ({ finishedAt }) => finishedAt !== undefined,
  })
}
