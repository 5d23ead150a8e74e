/** A report as lines for people, the parts below what they are part of. */
import type { ReportData } from '../../wire/report.ts'

const MARKS = { success: '✓', info: '·', warning: '⚠', error: '✖' } as const
const LONGEST_DATA = 200

export function reportText({ type, message, data, children = [] }: ReportData, depth = 0): string {
  const own = `${'  '.repeat(depth)}${MARKS[type]} ${message}${dataText(data)}`
  return [own, ...children.map((child) => reportText(child, depth + 1))].join('\n')
}

function dataText(data: unknown): string {
  if (data === undefined) return ''
  const text = jsonText(data)
  return `  ${text.length > LONGEST_DATA ? `${text.slice(0, LONGEST_DATA)}…` : text}`
}

function jsonText(data: unknown): string {
  try {
    return JSON.stringify(data) ?? String(data)
  } catch {
    return '(cannot be shown)'
  }
}
