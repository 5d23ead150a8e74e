/**
 * `server.on('task' | 'finish')`, the style of a Swoole server: one listener of TaskEvent and one of TaskFinishEvent
 * that call the handlers with positional parameters.
 */
import { TsrvError } from '../../errors.ts'
import type { EventDispatcher } from '../../events/dispatcher.ts'
import { TaskEvent, TaskFinishEvent } from '../../events/task-events.ts'
import type {
  FinishCallback,
  ReceivedTask,
  Server,
  TaskCallback,
  TaskCallbackServer,
  TaskObjectCallback,
} from '../../server.ts'

/** What boot modules have registered in this process or thread. */
export class SwooleCallbacks {
  #task: AnyTaskCallback | undefined
  #finish: FinishCallback | undefined
  #isBootOver = false

  /** Names are those of Swoole, which does not tell capitals from small letters. */
  readonly on: Server['on'] = (event: string, handler: unknown) => {
    if (this.#isBootOver) throw refused(event, 'this worker has booted; call it in a module of `boot`')
    if (typeof handler !== 'function') throw refused(event, `the handler is ${typeof handler}, no function`)
    const name = event.toLowerCase()
    if (name === 'task') this.#task = handler as TaskCallback
    else if (name === 'finish') this.#finish = handler as FinishCallback
    else throw refused(event, 'expected "task" or "finish"; other events have listeners in the config')
  }

  /** The boot is over: adds the listeners for what has been registered. */
  attach(dispatcher: EventDispatcher, { coroutine }: { readonly coroutine: boolean }): void {
    this.#isBootOver = true
    const [task, finish] = [this.#task, this.#finish]
    if (task !== undefined) dispatcher.on(TaskEvent, coroutine ? withObject(task) : withPositions(task))
    if (finish !== undefined) {
      dispatcher.on(TaskFinishEvent, ({ server, taskId, data }) => {
        return data === undefined ? undefined : finish(server, taskId, data)
      })
    }
  }
}

type AnyTaskCallback = TaskCallback | TaskObjectCallback

// Null returned is no result, as in PHP; only `finish()` can make it one.
const withPositions = (handler: AnyTaskCallback) => async (event: TaskEvent) =>
  (await (handler as TaskCallback)(finishing(event), event.taskId, event.workerId, event.data)) ?? undefined

const withObject = (handler: AnyTaskCallback) => async (event: TaskEvent) => {
  const { taskId: id, workerId, data } = event
  const task: ReceivedTask = { id, workerId, data, finish: finishOf(event) }
  return (await (handler as TaskObjectCallback)(finishing(event), task)) ?? undefined
}

/** The server of one call: who finishes a task must not have to say which, though several may run. */
function finishing(event: TaskEvent): TaskCallbackServer {
  const finish = { value: finishOf(event), enumerable: true }
  return Object.create(event.server, { finish }) as TaskCallbackServer
}

function finishOf(event: TaskEvent): (value?: unknown) => void {
  return (value = null) => event.finish(value)
}

function refused(event: string, reason: string): TsrvError {
  return new TsrvError('CALLBACK_REFUSED', { event, reason })
}
