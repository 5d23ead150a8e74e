/** Writes a web Response to the connection: in one piece when its body is at hand, else as it comes. */
import type { ServerResponse } from 'node:http'

/** Settles when the answer is handed to the connection, or the client has gone. @throws what the body throws */
export async function sendResponse(answer: Response, outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) {
    await answer.body?.cancel()
    return
  }
  if (answer.body === null) {
    // Hono's sign for "I have answered by hand".
    if (answer.headers.has('x-hono-already-sent')) return
    writeHead(answer, outgoing)
    outgoing.end()
    return
  }
  const reader = answer.body.getReader()
  const { chunks, next } = await readAtHand(reader)
  const isWhole = next === undefined
  writeHead(answer, outgoing, isWhole ? byteLength(chunks) : undefined)
  if (outgoing.req.method === 'HEAD') {
    outgoing.end()
    if (!isWhole) await reader.cancel()
    return
  }
  if (isWhole && chunks.length <= 1) {
    outgoing.end(chunks[0])
    return
  }
  for (const chunk of chunks) outgoing.write(chunk)
  if (isWhole) outgoing.end()
  else await pump(reader, next, outgoing)
}

// RFC 9110, 7.6.1: they speak of another connection; a Response that came from `fetch` has them.
const OF_ANOTHER_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding'])

function writeHead(
  { status, statusText, headers }: Response,
  outgoing: ServerResponse,
  length?: number,
): void {
  const lines: string[] = []
  // Every Set-Cookie comes as an entry of its own.
  for (const [name, value] of headers) if (!OF_ANOTHER_CONNECTION.has(name)) lines.push(name, value)
  if (length !== undefined && !headers.has('content-length')) lines.push('content-length', String(length))
  if (statusText === '') outgoing.writeHead(status, lines)
  else outgoing.writeHead(status, statusText, lines)
}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type Read = ReturnType<Reader['read']>

/** What of a body can be had at once, and the read that has to be waited for; without one, that was all. */
interface AtHand {
  readonly chunks: Uint8Array[]
  readonly next: Read | undefined
}

/** A stream of small pieces must not be collected for ever. */
const MOST_CHUNKS_AT_HAND = 4

async function readAtHand(reader: Reader): Promise<AtHand> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const next = reader.read()
    if (chunks.length === MOST_CHUNKS_AT_HAND || !(await settlesAtOnce(next))) return { chunks, next }
    const { done, value } = await next
    if (done) return { chunks, next: undefined }
    chunks.push(value)
  }
}

// A body made from a string or a buffer needs 3. Waiting a turn of the event loop instead costs 6 µs a request.
const MICROTASKS = 8

async function settlesAtOnce(read: Read): Promise<boolean> {
  const seen = { isSettled: false }
  const settle = (): void => {
    seen.isSettled = true
  }
  read.then(settle, settle)
  for (let turn = 0; turn < MICROTASKS && !seen.isSettled; turn++) await Promise.resolve()
  return seen.isSettled
}

async function pump(reader: Reader, first: Read, outgoing: ServerResponse): Promise<void> {
  // Also ends a pending read. What the source thinks of being cancelled interests nobody any more.
  const gone = (): void => void reader.cancel(new Error('The client has gone')).catch(() => {})
  outgoing.once('close', gone)
  // The client may wait for the head before there is anything else to say.
  outgoing.flushHeaders()
  for (let next = first; ; next = reader.read()) {
    const { done, value } = await next
    if (done) break
    if (!outgoing.write(value) && !outgoing.destroyed) await drained(outgoing)
  }
  outgoing.off('close', gone)
  outgoing.end()
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      outgoing.off('drain', settle).off('close', settle)
      resolve()
    }
    outgoing.once('drain', settle).once('close', settle)
  })
}

function byteLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
}
