/** Conditions as they are written on the command line: `status=failed`, `name~mail%`, `createdAt>-1h`. */
import { checkWhere, columnNamed, invalid } from './check-query.ts'
import { type Operator, type TaskWhere, WHERE_COLUMNS, type WhereColumn } from './query.ts'
import { parseTime, TIME_FORMS } from './query-time.ts'

/** How an operator is written. With several values, separated by commas, `=` and `!=` become `in` and `notIn`. */
const SIGNS = {
  '!=': 'neq',
  '!~': 'notLike',
  '<=': 'lte',
  '>=': 'gte',
  '=': 'eq',
  '~': 'like',
  '<': 'lt',
  '>': 'gt',
} as const satisfies Readonly<Record<string, Operator>>

const LISTS: Partial<Record<Operator, Operator>> = { eq: 'in', neq: 'notIn' }

const WRITTEN = /^\s*(\w+)\s*(!=|!~|<=|>=|=|~|<|>)\s*(.*?)\s*$/s

const FORMS = 'a column, one of = != < <= > >= ~ !~, and a value, such as status=failed'

/**
 * @param texts conditions that must all hold
 * @param now milliseconds since 1970, from which `-1h` counts
 * @throws TsrvError TSRV_TASK_QUERY_INVALID
 */
export function parseConditions(texts: readonly string[], now: number): TaskWhere {
  const where: Partial<Record<WhereColumn, Partial<Record<Operator, unknown>>>> = {}
  for (const text of texts) {
    const { column, operator, value } = parseCondition(text, now)
    const condition = (where[column] ??= {})
    if (operator in condition) throw invalid(`"${text}" is a second ${operator} of ${column}`, 'one of each')
    condition[operator] = value
  }
  return checkWhere(where)
}

function parseCondition(
  text: string,
  now: number,
): { column: WhereColumn; operator: Operator; value: unknown } {
  const [, name, sign, written] = WRITTEN.exec(text) ?? []
  if (name === undefined || sign === undefined || written === undefined || written === '') {
    throw invalid(`"${text}" is no condition`, FORMS)
  }
  const column = columnNamed(name)
  const operator = SIGNS[sign as keyof typeof SIGNS]
  const list = written.includes(',') ? LISTS[operator] : undefined
  if (list === undefined) return { column, operator, value: parseValue(column, operator, written, now) }
  const values = written.split(',').map((one) => parseValue(column, operator, one.trim(), now))
  return { column, operator: list, value: values }
}

function parseValue(column: WhereColumn, operator: Operator, text: string, now: number): string | number {
  const kind = WHERE_COLUMNS[column]
  switch (kind) {
    case 'status':
    case 'text':
      return text
    case 'number':
      if (/^-?\d+$/.test(text)) return Number(text)
      throw invalid(`${column} ${operator} "${text}"`, 'a whole number')
    case 'time': {
      const time = parseTime(text, now)
      if (time !== undefined) return time
      throw invalid(`${column} ${operator} "${text}"`, TIME_FORMS)
    }
    default:
      return kind satisfies never
  }
}
