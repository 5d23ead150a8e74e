/** How far a task is, in one cell of a table. */
import type { Progress } from '../../wire/messages.ts'
import { printable } from './terminal.ts'

const WIDTH = 10

/** @param hasBar on a terminal; a program gets the number alone */
export function progressText({ completion, target, message }: Progress, hasBar: boolean): string {
  const parts = [amount(completion, target, hasBar), message === undefined ? '' : printable(message)]
  return parts.filter((part) => part !== '').join(' ')
}

function amount(completion: number | undefined, target: number | undefined, hasBar: boolean): string {
  if (completion === undefined) return ''
  if (target === undefined || !(target > 0)) return String(completion)
  const share = Math.min(Math.max(completion / target, 0), 1)
  const percent = `${Math.floor(share * 100)}%`
  if (!hasBar) return percent
  const full = Math.floor(share * WIDTH)
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent.padStart(4)}`
}
