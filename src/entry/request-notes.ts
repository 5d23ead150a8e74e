/**
 * Writes down the requests under way where the supervisor can read them: a worker whose event loop is blocked cannot be
 * asked any more. A note costs a few microseconds, so only so many are taken a second: with fewer requests than that
 * each is in the note before its handler runs, and at full load it costs nothing that could be measured.
 */
import { writeSync } from 'node:fs'
import type { OpenRequest, OpenRequests } from '../http/open-requests.ts'
import { NOTE_SIZE, type NotedRequest, packNote } from '../wire/heartbeat.ts'

const NOTES_PER_BEAT = 1000
/** Those that have waited longest, and the one that has just come. */
const MOST_NOTED = 5

export class RequestNotes {
  readonly #fd: number
  readonly #open: OpenRequests
  readonly #bytes = Buffer.alloc(NOTE_SIZE)
  #left = NOTES_PER_BEAT
  #isBroken = false

  /** @param fd of a file that is written from its begin each time */
  constructor(fd: number, open: OpenRequests) {
    this.#fd = fd
    this.#open = open
  }

  /** A request has come, and its handler is about to run. */
  came(request: OpenRequest): void {
    if (this.#left === 0) return
    this.#left--
    this.#write(request)
  }

  /** A beat has gone by: what has ended meanwhile leaves the note. */
  refresh(): void {
    this.#left = NOTES_PER_BEAT
    this.#write()
  }

  #write(latest?: OpenRequest): void {
    if (this.#isBroken) return
    try {
      const size = packNote(
        { requests: this.#noted(latest), open: this.#open.size, isStale: this.#left === 0 },
        this.#bytes,
      )
      writeSync(this.#fd, this.#bytes, 0, size, 0)
    } catch {
      // A disk that is full, for instance. Requests go on; nobody may ever ask for the note.
      this.#isBroken = true
    }
  }

  #noted(latest: OpenRequest | undefined): NotedRequest[] {
    const noted: OpenRequest[] = []
    for (const request of this.#open) {
      if (noted.push(request) === MOST_NOTED) break
    }
    if (latest !== undefined && !noted.includes(latest)) noted[MOST_NOTED - 1] = latest
    return noted.map(({ method, url, cameAt }) => ({
      method,
      url,
      since: Math.round(performance.timeOrigin + cameAt),
    }))
  }
}
