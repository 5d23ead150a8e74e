/** Which queue a task goes to. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { queueOf, type QueueRoutes } from '../../../src/tasks/queues.ts'
import { defineTask, workOf } from '../../../src/tasks/writing/define-task.ts'
import { Task, type TaskFunction } from '../../../src/tasks/writing/task-objects.ts'

const ROUTES: QueueRoutes = {
  queues: ['mail', 'import', 'rest'].map((name) => ({ name, sync: false })),
  routes: { 'tasks#send': 'mail', '*': 'rest' },
}

class Import {
  static readonly queue = (task: Import): string | undefined => (task.size > 10 ? 'import' : undefined)
  readonly size: number

  constructor(size: number) {
    this.size = size
  }
}

function send(): void {}
send.queue = 'import'

describe('the queue of a task', () => {
  const by = 'task()'

  it('T2: is what the call asks for, then what the task says, then the route of its name, then the rest', () => {
    const name = 'tasks#send'
    const all = { data: new Import(11), name, wished: 'rest', by }
    assert.equal(queueOf(all, ROUTES), 'rest')
    assert.equal(queueOf({ data: new Import(11), name, by }, ROUTES), 'import')
    assert.equal(queueOf({ data: new Import(1), name, by }, ROUTES), 'mail')
    assert.equal(queueOf({ data: {}, name: 'object', by }, ROUTES), 'rest')
    assert.equal(queueOf({ data: {}, name: 'object', by }, { queues: [], routes: {} }), 'default')
  })

  it('T2: is said by the function that a Task runs', () => {
    assert.equal(queueOf({ data: new Task(send), name: 'tsrv:Task', by }, ROUTES), 'import')
  })

  it('T2: is said by the definition of a task, for its input', () => {
    const remind = defineTask({
      name: 'remind',
      queue: ({ isUrgent }) => (isUrgent ? 'mail' : undefined),
      run: (input: { isUrgent: boolean }) => input,
    })
    const dataOf = (isUrgent: boolean): Task => new Task(workOf(remind) as TaskFunction, { isUrgent })
    assert.equal(queueOf({ data: dataOf(true), name: 'remind', by }, ROUTES), 'mail')
    assert.equal(queueOf({ data: dataOf(false), name: 'remind', by }, ROUTES), 'rest')
    assert.throws(() => defineTask({ name: 'remind', queue: 'mail' as never, run: () => {} }), {
      code: 'TSRV_TASK_DEFINITION_INVALID',
      message: /queue.*a function of the input/,
    })
  })

  it('T3: must exist, and the error names those that do', () => {
    assert.throws(() => queueOf({ data: 1, name: 'number', wished: 'mial', by: 'submit()' }, ROUTES), {
      code: 'TSRV_QUEUE_UNKNOWN',
      message: 'There is no queue "mial", which submit() asks for; there are: default, mail, import, rest.',
    })
  })
})
