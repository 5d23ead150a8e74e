/** What a task had to tell, whether it returned a report, anything else, or nothing because it failed. */
import type { TaskReport } from '../server.ts'
import { Report, type ReportData } from '../wire/report.ts'

/**
 * The report of any task that has ended: its own, or one made of what it returned or why it failed.
 *
 * @example
 * const report = reportOf(await server.submit(new Task(importUsers, 'users.csv')).done)
 * if (report.hasError) response.status = 422
 */
export function reportOf({ id, state, value, error, duplicateOf }: TaskReport): Report {
  switch (state) {
    case 'completed':
      return value instanceof Report ? value : Report.success(`Task ${id} completed`, value)
    case 'failed':
      return (
        reportInError(error) ?? Report.error(`Task ${id} failed`).add(Report.error(String(error?.message)))
      )
    case 'cancelled':
      return Report.error(`Task ${id} was cancelled`)
    case 'duplicate':
      return Report.info(`Task ${id} did not run: task ${duplicateOf} has the same key`)
    default:
      return state satisfies never
  }
}

/** The report that made a task fail, from the error that it failed with. */
function reportInError(error: Error | undefined): Report | undefined {
  const { report } = (error ?? {}) as { readonly report?: ReportData }
  return report === undefined ? undefined : Report.from(report)
}
