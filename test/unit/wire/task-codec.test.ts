/** Every message of tasks.sock survives its frames. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { FrameParser, FrameWriter } from '../../../src/wire/frame.ts'
import type { FromTaskServer, ToTaskServer } from '../../../src/wire/messages.ts'
import type { Codec } from '../../../src/wire/socket-channel.ts'
import { senderCodec, taskServerCodec } from '../../../src/wire/task-codec.ts'

const plain = { noNullPrototype: true } as const
const id = fc.maxSafeNat()
const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(new Uint8Array(20_000).fill(7)))
const sender = fc.record(
  {
    kind: fc.constantFrom('http' as const, 'task-worker' as const),
    slot: fc.nat(500),
    workerId: fc.nat(500),
  },
  plain,
)
const time = fc.nat()
const wishes = fc.record(
  {
    delay: time,
    priority: fc.integer(),
    attempts: fc.nat(1000),
    backoff: fc.record({ kind: fc.constantFrom('fixed', 'exponential'), delay: time, longest: time }, plain),
    timeout: time,
    key: fc.string(),
    ttl: time,
    label: fc.string({ unit: 'grapheme' }),
    onCrash: fc.constantFrom('retry' as const, 'fail' as const),
  },
  { ...plain, requiredKeys: [] },
)
const taskMeta = fc.record(
  {
    attempt: fc.nat(),
    crashes: fc.nat(10),
    watched: fc.boolean(),
    name: fc.string(),
    createdAt: time,
    wishes,
  },
  { ...plain, requiredKeys: ['attempt', 'crashes', 'watched', 'name', 'createdAt'] },
)
const finishMeta = fc.record(
  {
    failed: fc.boolean(),
    attempt: fc.nat(),
    duration: fc
      .double({ min: 0, noNaN: true, noDefaultInfinity: true })
      .filter((one) => !Object.is(one, -0)),
    redelivered: fc.boolean(),
    workerId: fc.nat(500),
  },
  plain,
)
const progress = fc.record(
  { message: fc.string({ unit: 'grapheme' }), completion: fc.nat(), target: fc.nat() },
  { ...plain, requiredKeys: [] },
)

const toTaskServer: { [Type in ToTaskServer['type']]: fc.Arbitrary<ToTaskServer & { type: Type }> } = {
  hello: fc.record({ type: fc.constant('hello'), sender, client: fc.string() }, plain),
  task: fc.record({ type: fc.constant('task'), id, meta: taskMeta, data: bytes }, plain),
  ran: fc.record(
    {
      type: fc.constant('ran'),
      id,
      meta: taskMeta,
      data: bytes,
      end: fc.record({ state: fc.constantFrom('completed', 'failed', 'cancelled'), duration: time }, plain),
      result: bytes,
    },
    plain,
  ),
  cancel: fc.record({ type: fc.constant('cancel'), id }, plain),
  received: fc.record({ type: fc.constant('received'), id }, plain),
  leader: fc.record({ type: fc.constant('leader') }, plain),
}
const fromTaskServer: { [Type in FromTaskServer['type']]: fc.Arbitrary<FromTaskServer & { type: Type }> } = {
  welcome: fc.record({ type: fc.constant('welcome'), server: fc.string(), durable: fc.boolean() }, plain),
  accepted: fc.record({ type: fc.constant('accepted'), id }, plain),
  duplicate: fc.record({ type: fc.constant('duplicate'), id, of: id }, plain),
  cancelling: fc.record({ type: fc.constant('cancelling'), id, found: fc.boolean() }, plain),
  started: fc.record({ type: fc.constant('started'), id }, plain),
  progress: fc.record({ type: fc.constant('progress'), id, progress }, plain),
  finish: fc.record({ type: fc.constant('finish'), id, meta: finishMeta, result: bytes }, plain),
  ended: fc.record({ type: fc.constant('ended'), id, meta: finishMeta, result: bytes }, plain),
}

function transmit<Message>(
  messages: readonly Message[],
  from: Codec<Message, unknown>,
  to: Codec<unknown, Message>,
): Message[] {
  const writer = new FrameWriter()
  for (const message of messages) from.encode(message, writer)
  const got: Message[] = []
  const parser = new FrameParser((type, id, payload) => void got.push(to.decode(type, id, payload)))
  const chunk = Buffer.concat(writer.take())
  parser.push(chunk)
  // What was decoded must not be a view of the socket's memory.
  chunk.fill(0)
  return got
}

describe('the codec of tasks.sock', () => {
  for (const [type, arbitrary] of Object.entries(toTaskServer)) {
    it(`brings "${type}" from a sender to the task server`, () => {
      fc.assert(
        fc.property(fc.array<ToTaskServer>(arbitrary, { maxLength: 5 }), (sent) => {
          assert.deepEqual(transmit(sent, senderCodec, taskServerCodec), sent)
        }),
      )
    })
  }

  for (const [type, arbitrary] of Object.entries(fromTaskServer)) {
    it(`brings "${type}" from the task server to a sender`, () => {
      fc.assert(
        fc.property(fc.array<FromTaskServer>(arbitrary, { maxLength: 5 }), (sent) => {
          assert.deepEqual(transmit(sent, taskServerCodec, senderCodec), sent)
        }),
      )
    })
  }

  it('keeps the order of different messages', () => {
    const any = fc.array(fc.oneof<fc.Arbitrary<ToTaskServer>[]>(...Object.values(toTaskServer)), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(any, (sent) => assert.deepEqual(transmit(sent, senderCodec, taskServerCodec), sent)),
    )
  })

  it('refuses frame types it does not know, also those of the other direction', () => {
    const refused = { code: 'TSRV_FRAME_INVALID', message: /frame type 99/ }
    assert.throws(() => senderCodec.decode(99, 0, Buffer.alloc(0)), refused)
    assert.throws(() => taskServerCodec.decode(99, 0, Buffer.alloc(0)), refused)
    const writer = new FrameWriter()
    senderCodec.encode({ type: 'leader' }, writer)
    const parser = new FrameParser((type, id, payload) => void senderCodec.decode(type, id, payload))
    assert.throws(() => parser.push(Buffer.concat(writer.take())), { code: 'TSRV_FRAME_INVALID' })
  })
})
