/**
 * The frame on a stream between two tsrv processes, little endian:
 *
 *     u32 payload length | u8 type | u32 id low | u32 id high | payload
 *
 * Ids are safe integers (53 bits), hence two words. The writer gathers the small frames of one turn into one
 * buffer: the number of writes and wake-ups is what costs, not the bytes.
 */
import { TsrvError } from '../errors.ts'
import { LARGEST_PAYLOAD } from './payload-limit.ts'

const HEADER = 13
const SCRATCH = 64 * 1024
/** From this size on a payload is written as it is instead of being copied into the scratch buffer. */
const LARGE = 16 * 1024
/** Who sends sees to it that what goes with a payload stays below this: names, options, counters. */
const LONGEST_META = 64 * 1024
const LONGEST = LARGEST_PAYLOAD + LONGEST_META
const TWO_32 = 2 ** 32
const NOTHING = new Uint8Array(0)

/** Gathers frames; `take` returns what is to be written, in order. */
export class FrameWriter {
  #scratch = Buffer.allocUnsafeSlow(SCRATCH)
  #used = 0
  #ready: Uint8Array[] = []

  get isEmpty(): boolean {
    return this.#used === 0 && this.#ready.length === 0
  }

  add(type: number, id: number, payload: Uint8Array = NOTHING): void {
    const large = payload.length >= LARGE
    const size = HEADER + (large ? 0 : payload.length)
    if (this.#used + size > SCRATCH) this.#seal()
    this.#used = writeHeader(this.#scratch, this.#used, payload.length, type, id)
    if (large) {
      this.#seal()
      this.#ready.push(payload)
      return
    }
    this.#scratch.set(payload, this.#used)
    this.#used += payload.length
  }

  take(): readonly Uint8Array[] {
    this.#seal()
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  #seal(): void {
    if (this.#used === 0) return
    // A copy of just the used part: the scratch buffer is reused while the socket may still hold these bytes.
    this.#ready.push(Buffer.from(this.#scratch.subarray(0, this.#used)))
    this.#used = 0
  }
}

function writeHeader(into: Buffer, at: number, length: number, type: number, id: number): number {
  let offset = into.writeUInt32LE(length, at)
  offset = into.writeUInt8(type, offset)
  offset = into.writeUInt32LE(id % TWO_32, offset)
  return into.writeUInt32LE(Math.floor(id / TWO_32), offset)
}

/** Receives one frame. `payload` is a view that is valid during the call only: copy what is to be kept. */
export type FrameHandler = (type: number, id: number, payload: Uint8Array) => void

/**
 * Cuts a byte stream into frames, whatever the chunk borders.
 *
 * @throws TsrvError TSRV_FRAME_INVALID from `push` when a length cannot be true; the stream is unusable then
 */
export class FrameParser {
  readonly #onFrame: FrameHandler
  readonly #longest: number
  /** The beginning of a frame whose end has not come yet, and how many bytes of it are there. */
  #partial: Buffer | undefined
  #have = 0

  constructor(onFrame: FrameHandler, longest = LONGEST) {
    this.#onFrame = onFrame
    this.#longest = longest
  }

  push(chunk: Buffer): void {
    let rest = this.#partial === undefined ? chunk : this.#complete(chunk)
    while (rest.length >= HEADER) {
      const end = HEADER + this.#payloadLength(rest)
      if (rest.length < end) break
      this.#emit(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
    if (rest.length > 0) this.#keep(rest)
  }

  /** Adds to the unfinished frame; returns what is left of the chunk once that frame is out. */
  #complete(chunk: Buffer): Buffer {
    let rest = chunk
    while (this.#partial !== undefined && rest.length > 0) {
      const partial = this.#partial
      const taken = rest.copy(partial, this.#have, 0, Math.min(rest.length, partial.length - this.#have))
      this.#have += taken
      rest = rest.subarray(taken)
      if (this.#have < partial.length) break
      if (partial.length === HEADER && this.#payloadLength(partial) > 0) {
        this.#keep(partial)
        continue
      }
      this.#partial = undefined
      this.#emit(partial)
    }
    return rest
  }

  #keep(start: Buffer): void {
    const length = start.length >= HEADER ? HEADER + this.#payloadLength(start) : HEADER
    const partial = Buffer.allocUnsafeSlow(length)
    this.#have = start.copy(partial)
    this.#partial = partial
  }

  #payloadLength(frame: Buffer): number {
    const length = frame.readUInt32LE(0)
    if (length <= this.#longest) return length
    const expected = `at most ${this.#longest} bytes`
    throw new TsrvError('FRAME_INVALID', { found: `a frame of ${length} bytes`, expected })
  }

  #emit(frame: Buffer): void {
    const id = frame.readUInt32LE(5) + frame.readUInt32LE(9) * TWO_32
    this.#onFrame(frame.readUInt8(4), id, frame.subarray(HEADER))
  }
}
