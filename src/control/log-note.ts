/** Which file the latest server logged to: it is wanted most when that server is gone, and the configuration has changed. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { RunDirectory } from './run-directory.ts'

type Places = Pick<RunDirectory, 'logFile' | 'logNote'>

/** @param file absolute */
export function noteLogFile({ logFile, logNote }: Places, file: string): void {
  try {
    if (file === logFile) rmSync(logNote, { force: true })
    else writeFileSync(logNote, `${file}\n`, { mode: 0o600 })
  } catch {
    // A full disk is no reason not to start: then the log is found while the server runs.
  }
}

export function notedLogFile({ logFile, logNote }: Places): string {
  try {
    return readFileSync(logNote, 'utf8').trimEnd() || logFile
  } catch {
    return logFile
  }
}
