/** A report that says the task failed becomes the error with which it fails, and goes with it. */
import { TsrvError } from '../../errors.ts'
import { Report, type ReportData } from '../../wire/report.ts'

/** Enough to know what it was about; all of them are in the report. */
const MOST_MESSAGES = 5

/** @throws TsrvError TSRV_TASK_REPORTED_ERROR with the field `report`, when `value` is a report with an error in it */
export function requireNoError(id: number, value: unknown): void {
  if (!(value instanceof Report) || !value.hasError) return
  const errors = value.withType('error').map(({ message }) => message)
  const more = errors.length > MOST_MESSAGES ? ` (and ${errors.length - MOST_MESSAGES} more)` : ''
  const messages = errors.slice(0, MOST_MESSAGES).join('; ') + more
  throw Object.assign(new TsrvError('TASK_REPORTED_ERROR', { id, messages }), {
    report: plainReport(value.toJSON()),
  })
}

/** Errors travel as JSON: data that is none stays behind. */
function plainReport({ data, children, ...report }: ReportData): ReportData {
  const plain = plainData(data)
  return {
    ...report,
    ...(plain !== undefined && { data: plain }),
    ...(children !== undefined && { children: children.map(plainReport) }),
  }
}

function plainData(data: unknown): unknown {
  try {
    const text = JSON.stringify(data) as string | undefined
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
