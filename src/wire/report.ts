/** What a task has to tell besides a value: a tree of messages, which decides whether it failed. */
const REPORT_TYPES = ['success', 'info', 'warning', 'error'] as const

export type ReportType = (typeof REPORT_TYPES)[number]

/** A report as plain data. */
export interface ReportData {
  readonly type: ReportType
  readonly message: string
  readonly data?: unknown
  readonly children?: readonly ReportData[]
}

/**
 * What a task returns that has more to tell than a value. With an error anywhere in it the task has failed.
 *
 * @example
 * export async function importUsers(file: string): Promise<Report> {
 *   const report = Report.info(`Importing ${file}`)
 *   for (const row of await rows(file)) {
 *     report.add(row.isSound ? Report.success('Imported', row.id) : Report.warning('Skipped', row))
 *   }
 *   return report
 * }
 */
export class Report {
  static readonly taskName = 'tsrv:Report'
  readonly type: ReportType
  readonly message: string
  readonly data: unknown
  readonly children: Report[] = []

  constructor(type: ReportType, message: string, data?: unknown) {
    this.type = type
    this.message = message
    this.data = data
  }

  static success(message: string, data?: unknown): Report {
    return new Report('success', message, data)
  }

  static info(message: string, data?: unknown): Report {
    return new Report('info', message, data)
  }

  static warning(message: string, data?: unknown): Report {
    return new Report('warning', message, data)
  }

  /** A task that returns it, or one that has it inside, fails with `TSRV_TASK_REPORTED_ERROR`. */
  static error(message: string, data?: unknown): Report {
    return new Report('error', message, data)
  }

  /** The report that `toJSON()` has told of. */
  static from({ type, message, data, children = [] }: ReportData): Report {
    return new Report(type, message, data).add(...children.map((child) => Report.from(child)))
  }

  /** Adds parts of it; returns itself. */
  add(...children: readonly Report[]): this {
    this.children.push(...children)
    return this
  }

  /** True when it, or something in it, is an error. */
  get hasError(): boolean {
    return this.withType('error').length > 0
  }

  /** It and all reports in it that are of this type, outer ones first. */
  withType(type: ReportType): readonly Report[] {
    const inside = this.children.flatMap((child) => child.withType(type))
    return this.type === type ? [this, ...inside] : inside
  }

  toJSON(): ReportData {
    const { type, message, data, children } = this
    return {
      type,
      message,
      ...(data !== undefined && { data }),
      ...(children.length > 0 && { children: children.map((child) => child.toJSON()) }),
    }
  }
}
