/** When a file was last written. */
import { statSync } from 'node:fs'

/** Milliseconds since 1970; null for a file that is not there, or cannot be seen. */
export function writtenAt(file: string): number | null {
  try {
    return statSync(file).mtimeMs
  } catch {
    return null
  }
}
