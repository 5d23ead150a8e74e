/** `defineTask()`: a task as one function with a name, a schema and typed ways to send it. */
import { TsrvError } from '../../errors.ts'
import type { TaskEvent } from '../../events/task-events.ts'
import {
  server,
  type ServiceLookup,
  type TaskHandle,
  type TaskOptions,
  type TaskWaitOptions,
} from '../../server.ts'
import { checkInput, type InputOf, type OutputOf, type StandardSchema } from '../../util/standard-schema.ts'
import { Task, type TaskFunction } from './task-objects.ts'
import { readTaskOptions } from '../task-options.ts'

/** Options that every call of a defined task starts from. */
export type TaskDefaults = Omit<TaskOptions, 'signal' | 'key'>

/** What `run` makes: what it returns or resolves to; of a generator, what it returns at its end. */
export type Outcome<Returned> =
  Awaited<Returned> extends
    | AsyncGenerator<unknown, infer Value, never>
    | Generator<unknown, infer Value, never>
    ? Value
    : Awaited<Returned>

/** A task with typed input and result. Each of its methods checks the input first. */
export interface TaskDefinition<Input, Result> {
  /** Its name in the task log, in routes, and on the wire: tasks that wait are found by it after a new release. */
  readonly name: string

  /**
   * Queues the task and returns its id at once.
   *
   * @throws TsrvError `TSRV_TASK_INPUT_INVALID`, which names every bad path; else as `server.task()`
   */
  dispatch(input: Input, options?: TaskOptions): number

  /**
   * Queues the task and waits for its result, as `server.taskWait()` does.
   *
   * @returns rejects with `TSRV_TASK_INPUT_INVALID`, the task's own error, or `TSRV_TASK_TIMEOUT`
   */
  run(input: Input, options?: TaskWaitOptions): Promise<Result>

  /** Queues the task and returns a handle to follow, await or cancel it, as `server.submit()` does. */
  submit(input: Input, options?: TaskOptions): TaskHandle<Result>

  /** The task itself, checked and not sent: for `event.spawn()`, and for `enqueue()` of a queue. */
  task(input: Input): Task
}

interface Common {
  /** Unique among all names of `tasks.modules`. */
  readonly name: string
  /** Each call may override them one by one. */
  readonly options?: TaskDefaults
}

export interface CheckedTask<Schema extends StandardSchema, Returned> extends Common {
  /** A schema of zod, valibot, arktype or another library with Standard Schema. */
  readonly input: Schema
  /**
   * Does the work, in a task worker, with the input as the schema made it; `services` are those of the container. A
   * generator reports progress by `yield`.
   */
  run(input: OutputOf<Schema>, event: TaskEvent, services: ServiceLookup): Returned
  /** The queue of one task, by its input; undefined leaves it to `tasks.routes`. `options.queue` is one for all. */
  queue?(input: OutputOf<Schema>): string | undefined
}

export interface UncheckedTask<Input, Returned> extends Common {
  readonly input?: undefined
  run(input: Input, event: TaskEvent, services: ServiceLookup): Returned
  /** The queue of one task, by its input; undefined leaves it to `tasks.routes`. `options.queue` is one for all. */
  queue?(input: Input): string | undefined
}

/**
 * Defines a task. Export the result from a file of `tasks.modules`.
 *
 * @throws TsrvError `TSRV_TASK_DEFINITION_INVALID`, `TSRV_TASK_OPTION_INVALID`
 * @example
 * // src/tasks/mail.ts
 * export const sendMail = defineTask({
 *   name: 'send-mail',
 *   input: z.object({ to: z.email() }),
 *   run: async ({ to }, event) => mailer.send(to, { signal: event.signal }),
 * })
 * // in a request handler
 * sendMail.dispatch({ to: 'ada@example.com' })
 * const receipt = await sendMail.run({ to: 'ada@example.com' })
 */
export function defineTask<Schema extends StandardSchema, Returned>(
  definition: CheckedTask<Schema, Returned>,
): TaskDefinition<InputOf<Schema>, Outcome<Returned>>
export function defineTask<Input = void, Returned = unknown>(
  definition: UncheckedTask<Input, Returned>,
): TaskDefinition<Input, Outcome<Returned>>
export function defineTask(definition: AnyDefinition): TaskDefinition<unknown, unknown> {
  refuseFaults(definition)
  const { name, input: schema, options = {} } = definition
  const check = (input: unknown): unknown => (schema === undefined ? input : checkInput(input, schema, name))
  // It is this function that travels, by the name of the task, in a Task like any other.
  const work: DefinedWork = Object.assign((...given: WorkParameters) => definition.run(...given), {
    taskName: name,
    [DEFINED]: { options, check },
    queue: ({ payload }: Task) => definition.queue?.(payload[0]),
  } as const)
  Object.defineProperty(work, 'name', { value: name })
  const taskOf = (input: unknown): Task => new Task(work as TaskFunction, check(input))
  const task: TaskDefinition<unknown, unknown> & { readonly [WORK]: DefinedWork } = {
    name,
    [WORK]: work,
    dispatch: (input, options) => server.task(taskOf(input), options),
    run: async (input, options) => server.taskWait(taskOf(input), options),
    submit: (input, options) => server.submit(taskOf(input), options),
    task: taskOf,
  }
  return task
}

interface AnyDefinition extends Common {
  readonly input?: StandardSchema | undefined
  run(...given: WorkParameters): unknown
  queue?(input: unknown): string | undefined
}

const DEFINED = Symbol.for('tsrv.defined')
const WORK = Symbol.for('tsrv.work')

type WorkParameters = [input: unknown, event: TaskEvent, services: ServiceLookup]

/** What its definition says of a function. */
interface Defined {
  readonly options: TaskDefaults
  /** @throws TsrvError TSRV_TASK_INPUT_INVALID */
  readonly check: (input: unknown) => unknown
}

type DefinedWork = ((...given: WorkParameters) => unknown) & {
  readonly taskName: string
  readonly [DEFINED]: Defined
}

/** The function behind a definition; undefined when `value` is none. */
export function workOf(value: unknown): DefinedWork | undefined {
  return typeof value === 'object' && value !== null ? (value as { [WORK]?: DefinedWork })[WORK] : undefined
}

/** Undefined for a function that has not been defined by `defineTask()`. */
export function definedBy(work: Function): Defined | undefined {
  return (work as Partial<DefinedWork>)[DEFINED]
}

/** Of callers without types, too. */
function refuseFaults(definition: AnyDefinition): void {
  const { name, input, options = {} } = definition
  const fault = (field: string, expected: string): TsrvError =>
    new TsrvError('TASK_DEFINITION_INVALID', { task: name, field, expected })
  if (typeof name !== 'string' || name === '') throw fault('name', 'a text that is not empty')
  if (typeof definition.run !== 'function') throw fault('run', 'a function (input, event, services)')
  if (definition.queue !== undefined && typeof definition.queue !== 'function')
    throw fault('queue', 'a function of the input; options.queue names one for all')
  if (input !== undefined && typeof input['~standard']?.validate !== 'function')
    throw fault('input', 'a schema with Standard Schema, as zod, valibot and arktype make them')
  readTaskOptions(options, 'defineTask')
}
