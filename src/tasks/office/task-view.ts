/** Records of the task log as the command line gets them: without bytes, and no longer than a person reads. */
import { payloadText, clipped } from '../../wire/payload-text.ts'
import type { WireError } from '../../wire/error-report.ts'
import { decodePayload } from '../../wire/payload.ts'
import { Report, type ReportData } from '../../wire/report.ts'
import { NO_TAGS, type Tags } from '../../wire/tags.ts'
import type { ListedTask, TaskDetails } from '../../wire/task-questions.ts'
import { reportText } from './report-text.ts'
import type { TaskRecord, TaskSummary } from '../task-log.ts'

const LONGEST_ERROR = 1000
const LONGEST_STACK = 16 * 1024

export function listedTask({ fence: _fence, ...summary }: TaskSummary): ListedTask {
  const { error } = summary
  return { ...summary, ...(error !== undefined && { error: clipped(error, LONGEST_ERROR) }) }
}

export function taskDetails({ data, result, ...summary }: TaskRecord): TaskDetails {
  const details = { ...listedTask(summary), data: payloadText(data) }
  if (result === undefined) return details
  const error = didComplete(summary) ? undefined : readError(result)
  if (error === undefined) return { ...details, result: readReport(result) ?? payloadText(result) }
  return { ...details, failure: clipped(errorText(error), LONGEST_STACK) }
}

/** Once it is archived, only the error that a failed one has tells how it ended; a cancelled one has none. */
function didComplete({ status, reason, error }: TaskSummary): boolean {
  if (status === 'child_running' || reason === 'child_failed') return true
  return status === 'completed' || (status === 'archived' && error === undefined)
}

function readError(packed: Uint8Array): WireError | undefined {
  try {
    return decodePayload(packed, NO_TAGS) as WireError
  } catch {
    return undefined
  }
}

/** Undefined for what is no report, or holds instances that only the user's code knows. */
function readReport(packed: Uint8Array): string | undefined {
  try {
    const value = decodePayload(packed, REPORT_TAGS)
    return value instanceof Report ? clipped(reportText(value.toJSON()), LONGEST_STACK) : undefined
  } catch {
    return undefined
  }
}

const REPORT_TAGS: Tags = {
  tagOf: () => undefined,
  exportOf: (tag) => (tag === Report.taskName ? Report : undefined),
}

function errorText({ name, message, stack, code, cause, fields, errors = [] }: WireError): string {
  const report = fields?.['report'] as ReportData | undefined
  if (code === 'TSRV_TASK_REPORTED_ERROR' && report !== undefined) return reportText(report)
  const title = `${name}: ${message}`
  // Where tsrv makes its errors tells nobody anything.
  const isOurs = String(code).startsWith('TSRV_')
  const own = isOurs || stack === undefined ? title : stack.includes(message) ? stack : `${title}\n${stack}`
  const parts = [
    own.trimEnd(),
    ...(code !== undefined ? [`code: ${code}`] : []),
    ...(cause !== undefined ? [`caused by: ${errorText(cause)}`] : []),
    ...errors.map((one) => `among them: ${errorText(one)}`),
  ]
  return parts.join('\n')
}
