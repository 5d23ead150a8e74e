/** Values of options that are numbers: read from text, or refused with what was expected. */
import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../util/duration.ts'

export function asCount(least: number) {
  return (text: string): number | 'auto' => {
    if (text === 'auto') return text
    const count = Number(text)
    if (text.trim() !== '' && Number.isInteger(count) && count >= least && count <= 1024) return count
    throw new InvalidArgumentError(`Expected an integer ${least}-1024 or "auto".`)
  }
}

export function asSeconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0))
    throw new InvalidArgumentError('Expected a number of seconds, such as 30.')
  return value
}

export function asLines(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('Expected a number of lines, such as 20, or "all".')
}

export function asWhole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected an integer from ${least} to ${most}.`)
  }
}

export function asId(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Expected the id of a task, as server.task() returned it.')
}

export function asIds(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, asId(text)]
}

/** Of an option that may be repeated. */
export function asTexts(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** Milliseconds. */
export function asDuration(text: string): number {
  const value = parseDuration(/^\d+$/.test(text) ? undefined : text)
  if (value !== undefined && value > 0) return value
  throw new InvalidArgumentError('Expected a time such as 30s, 5m or 2h.')
}

/** Of an argument that may be repeated. */
export function asJson(text: string, before: readonly unknown[] = []): readonly unknown[] {
  try {
    return [...before, JSON.parse(text) as unknown]
  } catch {
    throw new InvalidArgumentError(`Expected JSON, such as 12, '"text"' or '{"file":"a.csv"}'.`)
  }
}
