/** What a process tells of itself every second, and what an HTTP worker notes where its supervisor can read it. */

export interface Beat {
  /** Milliseconds by which its event loop was late at worst since the last beat. */
  readonly delay: number
  /** Resident set size in bytes. */
  readonly memory: number
  /** Of an HTTP worker: the requests it has taken so far, and those that are open. */
  readonly requests?: { readonly served: number; readonly open: number }
  /** A debugger may stop it at any time, for as long as it takes. */
  readonly isDebugged?: true
}

/** Milliseconds. */
export const BEAT_INTERVAL = 1000

export interface NotedRequest {
  readonly method: string
  readonly url: string
  /** Milliseconds since 1970. */
  readonly since: number
}

/** Requests under way when a worker wrote them down, the oldest first. */
export interface RequestNote {
  readonly requests: readonly NotedRequest[]
  /** How many were open in all. */
  readonly open: number
  /** Requests came faster than they could be noted: others may have come and gone since. */
  readonly isStale: boolean
}

export const NO_NOTE: RequestNote = { requests: [], open: 0, isStale: false }

/** Bytes that a note takes at most. */
export const NOTE_SIZE = 8192
/** Five such URLs fit, even when each character takes the six of an escape. */
const LONGEST_URL = 250
const END = '\0'

/** @returns the number of bytes to write */
export function packNote(note: RequestNote, into: Buffer): number {
  const requests = note.requests.map(({ method, url, since }) => ({
    method,
    url: url.length > LONGEST_URL ? `${url.slice(0, LONGEST_URL)}…` : url,
    since,
  }))
  // JSON has no NUL, so what an earlier and longer note leaves behind the end is never read.
  return into.write(JSON.stringify({ ...note, requests }) + END)
}

/** What cannot be read is no note: it is read of a process that something is wrong with. */
export function readNote(bytes: Buffer): RequestNote {
  const end = bytes.indexOf(END)
  try {
    const found = JSON.parse(bytes.toString('utf8', 0, Math.max(end, 0))) as RequestNote
    return Array.isArray(found.requests) ? found : NO_NOTE
  } catch {
    return NO_NOTE
  }
}
