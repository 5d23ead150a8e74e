/** Checks given values against the table; each becomes a value in normal form or a list of problems. */
import * as v from 'valibot'
import { FIELDS, type FieldKey } from './fields.ts'
import type { Given, LineOf, Origin } from './given.ts'
import type { Kind } from './kinds.ts'
import { readText } from './kinds.ts'
import { type Problem, showValue, unknownKey } from './problems.ts'

/** A value in its normal form. */
export interface Checked {
  readonly key: FieldKey
  readonly value: unknown
  readonly origin: Origin
  readonly lineOf?: LineOf | undefined
}

export function validate(given: readonly Given[]): { checked: Checked[]; problems: Problem[] } {
  const checked: Checked[] = []
  const problems: Problem[] = []
  for (const one of given) {
    const { is } = FIELDS[one.key] as { is: Kind<unknown, unknown> }
    const value = one.text ? readText(String(one.value), is.form) : one.value
    const result = v.safeParse(is.schema, value)
    const { key, origin, lineOf } = one
    if (result.success) checked.push({ key, value: result.output, origin, lineOf })
    else problems.push(...result.issues.map((issue) => problemOf(issue, one, is)))
  }
  return { checked, problems }
}

function problemOf(issue: v.BaseIssue<unknown>, given: Given, kind: Kind<unknown, unknown>): Problem {
  const suffix = pathOf(issue)
  const path = `${given.key}${suffix}`
  const place = { where: given.origin.name, line: given.lineOf?.(path) ?? given.origin.line }
  const key = suffix === '' || given.key !== 'listeners' ? `${given.written}${suffix}` : path
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = (kind.keys ?? []).map((name) => path.replace(/[^.]*$/, name))
    return { ...place, key, message: unknownKey(path, known) }
  }
  const shown = given.text ? given.value : issue.input
  const complaint = kind.complaint === undefined ? '' : `${kind.complaint}: `
  const expected = suffix.endsWith('.deferred') ? 'true or false' : kind.expected
  const value = !given.text && looksLikeAnother(shown) ? `"${shown}"` : showValue(shown)
  return { ...place, key, value, message: `${complaint}expected ${expected}` }
}

/** `port: process.env.PORT` is a text: without quotes the complaint would show the number that it expects. */
function looksLikeAnother(value: unknown): value is string {
  return typeof value === 'string' && /^(?:-?\d[\d.]*|true|false|null)$/.test(value)
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
}
