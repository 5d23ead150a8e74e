/** `tsrv task`: the words that may follow it. */
import type { Verb } from '../verb.ts'
import { archiveVerb, cancelVerb, retryVerb } from './task-deeds.ts'
import { runVerb } from './task-run.ts'
import { listVerb, showVerb, statsVerb } from './task-views.ts'

export const taskVerb: Verb = {
  name: 'task',
  summary: 'Look at the tasks of the running server, cancel, repeat, archive or run them.',
  details:
    'All of it comes from the task log, which keeps records of ended tasks as long as tasks.keep of the configuration says. Conditions are a column, one of = != < <= > >= ~ !~, and a value: status=failed,cancelled, name~mail%, attempt>1, createdAt>-1h; several of them must all hold. Columns: id, status, name, queue, label, owner, category, attempt, createdAt, updatedAt, finishedAt, parentId.',
  examples: [
    ['tsrv task list', 'the newest ones'],
    ['tsrv task list --status failed --watch', 'failures, as they come'],
    ['tsrv task show 12', 'one, with data, result and error'],
    ['tsrv task retry --where status=failed', 'once more, please'],
    ['tsrv task run src/tasks/mail#sendMail', 'an exported function, as a task'],
  ],
  exits: [
    [0, 'done'],
    [1, 'no such task, or nothing could be done'],
    [3, 'not running'],
  ],
  define() {},
  verbs: [listVerb, showVerb, statsVerb, cancelVerb, retryVerb, archiveVerb, runVerb],
}
