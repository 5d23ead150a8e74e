/** Task objects: data that says itself how it is run. They travel like any other instance of a known class. */
import { inspect } from 'node:util'
import { TsrvError } from '../../errors.ts'
import { isClass } from '../../util/is-class.ts'

/** A function as `Task` takes it: exported by a file of `tasks.modules`, so that the task worker finds it. */
// oxlint-disable-next-line typescript/no-explicit-any -- any parameters: they are checked by Task's own signature
export type TaskFunction<Parameters extends readonly any[] = any[]> = (...parameters: Parameters) => unknown

/**
 * Runs an exported function with a payload in a task worker; its return value is the task's.
 *
 * @throws TsrvError `TSRV_TASK_FUNCTION_INVALID` for anything but a function. One that no file of `tasks.modules`
 *   exports, such as a closure, is refused by `server.task()` with `TSRV_TASK_NOT_SERIALISABLE`
 * @example
 * // src/tasks/mail.ts, matched by tasks.modules
 * export async function sendMail(to: string): Promise<string> { … }
 * // in a request handler
 * server.task(new Task(sendMail, 'ada@example.com'))
 */
export class Task<Parameters extends readonly unknown[] = readonly unknown[]> {
  static readonly taskName = 'tsrv:Task'
  readonly run: TaskFunction
  readonly payload: Parameters
  /** It was sent by name, from where nobody could check the payload; the task worker does. */
  declare readonly isUnchecked?: true

  constructor(run: (...payload: Parameters) => unknown, ...payload: Parameters) {
    if (typeof run !== 'function' || isClass(run)) {
      throw new TsrvError('TASK_FUNCTION_INVALID', {
        received: inspect(run, { depth: 0, breakLength: Infinity }),
      })
    }
    this.run = run as TaskFunction
    this.payload = payload
  }

  /** How the task reads in logs. */
  toJSON(): object {
    return { handler: this.run.name || '(anonymous)', arguments: this.payload }
  }
}

/**
 * Runs a service of the container with a payload in a task worker: a function, or an object with `handle`.
 *
 * @example server.task(new ServiceBasedTask('mailer', 'ada@example.com'))
 */
export class ServiceBasedTask {
  static readonly taskName = 'tsrv:ServiceBasedTask'
  readonly service: string
  readonly payload: readonly unknown[]

  /** @throws TsrvError `TSRV_TASK_DEFINITION_INVALID` for anything but the name of a service */
  constructor(service: string, ...payload: readonly unknown[]) {
    if (typeof service !== 'string' || service === '') {
      const expected = 'the name of a service of the container'
      throw new TsrvError('TASK_DEFINITION_INVALID', { task: 'ServiceBasedTask', field: 'service', expected })
    }
    this.service = service
    this.payload = payload
  }

  toJSON(): object {
    return { handler: this.service, arguments: this.payload }
  }
}
