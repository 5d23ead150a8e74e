/** Times as people say them. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long something has been there: `5s`, `3m 20s`, `2h 5m`. */
export function age(ms: number): string {
  const seconds = Math.floor(ms / SECOND)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`
}

/** From now: `just now`, `12s ago`, `5d ago`, `in 3m`. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(now - at)
  if (distance < SECOND) return 'just now'
  return at > now ? `in ${roughly(distance)}` : `${roughly(distance)} ago`
}

/** How long something took: `0.4 ms`, `12 ms`, `3.2 s`, `2m 3s`. */
export function took(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`
  if (ms < SECOND) return `${Math.round(ms)} ms`
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`
  return age(ms)
}

/** `2026-11-21 10:03:07`, in the time of this place. */
export function clockTime(at: number): string {
  const date = new Date(at)
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}

function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`
  return `${Math.floor(ms / DAY)}d`
}
