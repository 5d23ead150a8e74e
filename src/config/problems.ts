/** A fault in the configuration: where it is, what is wrong, what was probably meant. */
import { TsrvError } from '../errors.ts'

export interface Problem {
  /** A file relative to the working directory, or the name of a variable or flag. */
  readonly where: string
  /** First line is 1. */
  readonly line?: number | undefined
  /** The setting as it was written; empty for what concerns the file as a whole. */
  readonly key: string
  /** What was given, as far as it helps. */
  readonly value?: string | undefined
  /** What is wrong, what was expected, what to do. */
  readonly message: string
}

/** One line; `sign` is ✖ for what stops the start, ⚠ for a warning. */
export function formatProblem(problem: Problem, sign: '✖' | '⚠' = '✖'): string {
  const place = problem.line === undefined ? problem.where : `${problem.where}:${problem.line}`
  const given = problem.value === undefined ? problem.key : `${problem.key} = ${problem.value}`
  return [`${sign} ${place}`, given, problem.message].filter((part) => part !== '').join('  ')
}

/** All problems at once as the one error that stops the start; its message is ready to be printed. */
export function invalidConfig(problems: readonly Problem[]): TsrvError<'CONFIG_INVALID'> {
  const lines = problems.map((problem) => formatProblem(problem))
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new TsrvError('CONFIG_INVALID', { summary: [...lines, count].join('\n') }, { cause: problems })
}

/** The problems that `TSRV_CONFIG_INVALID` carries; none for any other error. */
export function problemsOf(error: unknown): readonly Problem[] {
  const ours = error instanceof TsrvError && error.code === 'TSRV_CONFIG_INVALID'
  return ours && Array.isArray(error.cause) ? (error.cause as readonly Problem[]) : []
}

/** What is told whoever sets a list of objects where a setting is one line of text. */
export const NOT_A_LINE =
  'cannot be said in one line; set it in a config file of TypeScript, JavaScript, JSON or YAML'

/** What a file that says nothing is told. */
export const EMPTY = 'is empty: write at least one setting, or remove the file'

const LONGEST_SHOWN = 60

/** A value for a problem: one line, not endless, without control characters. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  // oxlint-disable-next-line no-control-regex -- a terminal would obey them
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD')
  return clean.length > LONGEST_SHOWN ? `${clean.slice(0, LONGEST_SHOWN)}…` : clean
}

/** "unknown key — did you mean …?", or without the question when nothing is near. */
export function unknownKey(written: string, known: readonly string[], what = 'unknown key'): string {
  const meant = nearest(written, known)
  return meant === undefined ? what : `${what} — did you mean "${meant}"?`
}

/**
 * The known name that was probably meant: the nearest one, as long as at most a third of it differs. A name that is
 * right but stands in the wrong group (`maxRestarts` for `processes.maxRestarts`) counts as near, too.
 */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const wanted = normal(written)
  let best: string | undefined
  let [least, leastWhole] = [Infinity, Infinity]
  for (const name of known) {
    const whole = distance(wanted, normal(name))
    const last = distance(lastPart(wanted), lastPart(normal(name))) + 0.5
    const off = Math.min(whole, last)
    const allowed = Math.max(1, Math.floor((whole <= last ? wanted : lastPart(wanted)).length / 3)) + 0.5
    // Of several settings with the same last part, the group decides.
    const isNearer = off < least || (off === least && whole < leastWhole)
    if (off <= allowed && isNearer) [best, least, leastWhole] = [name, off, whole]
  }
  return best
}

// TASK_WORKERS, task-workers and taskWorkers differ in habit, not in meaning; a dot and a double underscore both nest.
function normal(name: string): string {
  return name.toLowerCase().replaceAll('__', '.').replaceAll(/[_-]/g, '')
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other. */
function distance(from: string, to: string): number {
  let older: number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (older[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    older = previous
    previous = current
  }
  return previous[to.length] ?? 0
}
