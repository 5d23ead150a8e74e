/**
 * Schemas of any library that follows Standard Schema v1 (https://standardschema.dev): zod, valibot, arktype and
 * others. The interface is all of it, so no package is needed.
 */
import { TsrvError } from '../errors.ts'
import { pathText } from './data-path.ts'

export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Verdict<Output> | Promise<Verdict<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type Verdict<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema takes. */
export type InputOf<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input']

/** What it makes of that. */
export type OutputOf<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output']

/**
 * @param task whose input it is, for the error
 * @returns the input as the schema makes it: with defaults, transformed
 * @throws TsrvError TSRV_TASK_INPUT_INVALID, which names every bad path
 */
export function checkInput<Output>(
  input: unknown,
  schema: StandardSchema<unknown, Output>,
  task: string,
): Output {
  const verdict = schema['~standard'].validate(input)
  if (verdict instanceof Promise) {
    verdict.catch(() => {})
    throw new TsrvError('TASK_SCHEMA_ASYNC', { task })
  }
  if (verdict.issues === undefined) return verdict.value
  throw new TsrvError('TASK_INPUT_INVALID', { task, problems: verdict.issues.map(describe).join('; ') })
}

function describe({ message, path = [] }: Issue): string {
  const steps = path.map((step) => (typeof step === 'object' ? step.key : step))
  return `${pathText(steps.map((step) => (typeof step === 'symbol' ? String(step) : step)))}: ${message}`
}
