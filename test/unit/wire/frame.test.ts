/** Frames survive any way in which a stream is cut. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { FrameParser, FrameWriter } from '../../../src/wire/frame.ts'
import { LARGEST_PAYLOAD } from '../../../src/wire/payload-limit.ts'

interface Frame {
  readonly type: number
  readonly id: number
  readonly payload: Uint8Array
}

const small = fc.uint8Array({ maxLength: 300 })
// Around the size from which payloads are written as they are, and beyond the scratch buffer.
const large = fc
  .constantFrom(16 * 1024 - 1, 16 * 1024, 64 * 1024, 70_000)
  .map((length) => new Uint8Array(length).fill(length % 251))
const frame: fc.Arbitrary<Frame> = fc.record(
  {
    type: fc.nat(255),
    id: fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1)),
    payload: fc.oneof({ weight: 8, arbitrary: small }, { weight: 1, arbitrary: large }),
  },
  { noNullPrototype: true },
)

function write(frames: readonly Frame[]): Buffer {
  const writer = new FrameWriter()
  for (const { type, id, payload } of frames) writer.add(type, id, payload)
  return Buffer.concat(writer.take())
}

function collect(longest?: number): { parser: FrameParser; got: Frame[] } {
  const got: Frame[] = []
  const keep = (type: number, id: number, payload: Uint8Array): void =>
    void got.push({ type, id, payload: new Uint8Array(payload) })
  return { parser: new FrameParser(keep, longest), got }
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let rest = bytes
  for (const size of sizes) {
    chunks.push(rest.subarray(0, size))
    rest = rest.subarray(size)
  }
  return [...chunks, rest]
}

describe('frames', () => {
  it('arrive whole and in order, wherever the stream is cut', () => {
    const frames = fc.array(frame, { maxLength: 30 })
    const sizes = fc.array(fc.oneof(fc.nat(20), fc.nat(100_000)), { maxLength: 60 })
    fc.assert(
      fc.property(frames, sizes, (sent, sizes) => {
        const { parser, got } = collect()
        for (const chunk of cut(write(sent), sizes)) parser.push(chunk)
        assert.deepEqual(got, sent)
      }),
    )
  })

  it('arrive when the stream comes byte by byte', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 3 }), (sent) => {
        const { parser, got } = collect()
        for (const byte of write(sent)) parser.push(Buffer.of(byte))
        assert.deepEqual(got, sent)
      }),
      { numRuns: 20 },
    )
  })

  it('keep their bytes when the next frames are written before the first have left', () => {
    const writer = new FrameWriter()
    writer.add(1, 1, Buffer.from('first'))
    const first = writer.take()
    writer.add(2, 2, Buffer.from('other'))
    writer.take()
    const { parser, got } = collect()
    for (const chunk of first) parser.push(Buffer.from(chunk))
    assert.deepEqual(got, [{ type: 1, id: 1, payload: new Uint8Array(Buffer.from('first')) }])
  })

  it('are gathered: many small ones are one chunk', () => {
    const writer = new FrameWriter()
    assert.ok(writer.isEmpty)
    for (let id = 0; id < 1000; id++) writer.add(1, id, Buffer.from('hello'))
    assert.ok(!writer.isEmpty)
    assert.equal(writer.take().length, 1)
    assert.ok(writer.isEmpty)
    assert.deepEqual(writer.take(), [])
  })

  it('with a large payload are not copied', () => {
    const writer = new FrameWriter()
    const payload = new Uint8Array(1024 * 1024)
    writer.add(1, 1, payload)
    assert.ok(writer.take().includes(payload))
  })

  it('with a length that cannot be true are refused as soon as it is read', () => {
    const header = Buffer.alloc(13)
    header.writeUInt32LE(101)
    for (const chunks of [
      [header],
      cut(header, [5]),
      cut(Buffer.concat([write([{ type: 1, id: 1, payload: Buffer.of(7) }]), header]), [20]),
    ]) {
      const { parser } = collect(100)
      assert.throws(() => chunks.forEach((chunk) => parser.push(chunk)), {
        code: 'TSRV_FRAME_INVALID',
        message: /sent a frame of 101 bytes; expected at most 100 bytes/,
      })
    }
  })

  it('have room for the largest payload and what goes with it', () => {
    const header = Buffer.alloc(13)
    header.writeUInt32LE(LARGEST_PAYLOAD + 20_000)
    const { parser, got } = collect()
    parser.push(header)
    assert.equal(got.length, 0)
    header.writeUInt32LE(LARGEST_PAYLOAD + 100_000)
    assert.throws(() => collect().parser.push(header), { code: 'TSRV_FRAME_INVALID' })
  })

  it('of exactly the longest length are taken', () => {
    const { parser, got } = collect(100)
    parser.push(write([{ type: 1, id: 1, payload: new Uint8Array(100) }]))
    assert.equal(got.length, 1)
  })
})
