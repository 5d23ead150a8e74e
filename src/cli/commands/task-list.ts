/** `tsrv task list`: tasks as the task log remembers them. */
import type { ListQuestion, TaskListing } from '../../wire/task-questions.ts'
import { askServer } from '../ask-server.ts'
import { taskListText } from '../render/task-list.ts'
import { show } from '../watch.ts'

export interface TaskListOptions extends Omit<ListQuestion, 'ask'> {
  readonly config?: string
  readonly json: boolean
  readonly watch: boolean
  /** All pages. */
  readonly all: boolean
}

export function taskList({ config, json, watch, all, ...query }: TaskListOptions): Promise<number> {
  const isFiltered = query.where !== undefined && query.where.length > 0
  return show<TaskListing>({
    json,
    watch,
    ask: () => (all ? askAll(config, query) : askServer(config, { ask: 'list', ...query })),
    text: (listing) => taskListText(listing, isFiltered, Date.now()),
  })
}

const LONGEST_PAGE = 1000

async function askAll(
  config: string | undefined,
  query: Omit<ListQuestion, 'ask'>,
): Promise<TaskListing | undefined> {
  const tasks: TaskListing['tasks'][number][] = []
  for (let from = query.cursor; ;) {
    const cursor = from === undefined ? {} : { cursor: from }
    const page = await askServer(config, { ...query, ask: 'list', limit: LONGEST_PAGE, ...cursor })
    if (page === undefined) return undefined
    tasks.push(...page.tasks)
    if (page.next === undefined) return { tasks }
    from = page.next
  }
}
