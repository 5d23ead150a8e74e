/** A task as a class of the user's: what it needs, what it is called, and how it runs, in one place. */
import { TsrvError } from '../../errors.ts'
import type { TaskEvent } from '../../events/task-events.ts'
import type { ServiceLookup } from '../../server.ts'
import { checkInput, type StandardSchema } from '../../util/standard-schema.ts'
import type { TaskDefaults } from './define-task.ts'

/** What a task object says about itself besides its parameters. */
export interface TaskDescription {
  /** Shown in lists and logs. */
  readonly label?: string
  /** Whose task it is; `tsrv task list` can ask for it. */
  readonly owner?: string
  /** Anything that can travel; goes with the task and is shown by `tsrv task show`. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** What parameters are without a schema. */
const ANY_OBJECT: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'tsrv',
    validate: (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { value }
        : { issues: [{ message: 'expected an object of parameters' }] },
  },
}

/**
 * The base of task classes. Export the subclass from a file of `tasks.modules`; its instances are what
 * `server.task()` takes. `static input`, a schema of zod, valibot, arktype or another library with Standard Schema,
 * checks the parameters at construction; `static options` are what each of its tasks starts from.
 *
 * @example
 * export class SendMail extends AbstractTask<{ to: string; subject: string }> {
 *   static override readonly input = v.object({ to: v.pipe(v.string(), v.email()), subject: v.string() })
 *   async run(event: TaskEvent): Promise<void> { await mailer.send(this.parameters, event.signal) }
 * }
 * server.task(new SendMail({ to: 'ada@example.com', subject: 'Hello' }, { owner: 'ada' }))
 */
export abstract class AbstractTask<
  Parameters extends object = Readonly<Record<string, unknown>>,
  Input = Parameters,
> {
  /** Checks the parameters of every new instance; what it returns are the parameters. */
  static readonly input: StandardSchema | undefined = undefined

  /** As those of `defineTask()`: the options of a call override them one by one. */
  static readonly options: TaskDefaults | undefined = undefined

  readonly parameters: Parameters
  readonly label: string | undefined
  readonly owner: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>

  /**
   * @throws TsrvError `TSRV_TASK_INPUT_INVALID`, which names every bad path; `TSRV_TASK_DEFINITION_INVALID` for a
   *   class without `run`
   */
  constructor(parameters: Input, { label, owner, metadata = {} }: TaskDescription = {}) {
    const { input, name, prototype } = new.target
    // Of callers without types, and of a field that is a function, which could not travel.
    if (typeof Reflect.get(prototype, 'run') !== 'function') {
      const expected = 'a method run(event, services)'
      throw new TsrvError('TASK_DEFINITION_INVALID', { task: name, field: 'run', expected })
    }
    this.parameters = checkInput(parameters, input ?? ANY_OBJECT, name) as Parameters
    this.label = label
    this.owner = owner
    this.metadata = metadata
  }

  /**
   * Does the work, in a task worker. A generator reports its progress by `yield`.
   *
   * @returns what the task returns
   */
  abstract run(event: TaskEvent, services: ServiceLookup): unknown

  /** How the task reads in logs. */
  toJSON(): object {
    const { parameters, label, owner, metadata } = this
    const described = Object.keys(metadata).length > 0 ? { metadata } : {}
    return { handler: this.constructor.name, parameters, label, owner, ...described }
  }
}
