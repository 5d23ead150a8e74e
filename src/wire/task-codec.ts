/**
 * Frames of `tasks.sock`. One list of frame types for both directions; meta data travels as a small packed
 * array before the opaque user bytes:  u16 meta length | meta | bytes.
 */
import { Packr } from 'msgpackr/pack'
import { TsrvError } from '../errors.ts'
import type { FrameWriter } from './frame.ts'
import type {
  FinishMeta,
  FromTaskServer,
  Progress,
  RanMeta,
  Sender,
  TaskMeta,
  TaskWishes,
  ToTaskServer,
} from './messages.ts'
import type { Codec } from './socket-channel.ts'

const FRAME = {
  hello: 1,
  task: 2,
  cancel: 3,
  received: 4,
  leader: 5,
  ran: 6,
  accepted: 16,
  started: 17,
  progress: 18,
  finish: 19,
  welcome: 20,
  duplicate: 21,
  cancelling: 22,
  ended: 23,
} as const

type Ran = ToTaskServer & { readonly type: 'ran' }

const packr = new Packr({ useRecords: false })
const META_LENGTH = 2
const NOTHING = new Uint8Array(0)

/** The end that sends tasks. */
export const senderCodec: Codec<ToTaskServer, FromTaskServer> = {
  encode: encodeToTaskServer,
  decode: decodeFromTaskServer,
}

/** The end that runs them. */
export const taskServerCodec: Codec<FromTaskServer, ToTaskServer> = {
  encode: encodeFromTaskServer,
  decode: decodeToTaskServer,
}

function encodeToTaskServer(message: ToTaskServer, writer: FrameWriter): void {
  switch (message.type) {
    case 'hello':
      return writer.add(FRAME.hello, 0, packr.pack([message.sender, message.client]))
    case 'task':
      return writer.add(FRAME.task, message.id, join(packTaskMeta(message.meta), message.data))
    case 'ran':
      return writer.add(FRAME.ran, message.id, packRan(message))
    case 'cancel':
    case 'received':
      return writer.add(FRAME[message.type], message.id)
    case 'leader':
      return writer.add(FRAME.leader, 0)
    default:
      return message satisfies never
  }
}

function decodeToTaskServer(type: number, id: number, payload: Uint8Array): ToTaskServer {
  switch (type) {
    case FRAME.hello: {
      const [sender, client] = packr.unpack(payload) as [Sender, string]
      return { type: 'hello', sender, client }
    }
    case FRAME.task: {
      const [meta, data] = split(payload)
      return { type: 'task', id, meta: unpackTaskMeta(meta), data }
    }
    case FRAME.ran:
      return unpackRan(id, payload)
    case FRAME.cancel:
      return { type: 'cancel', id }
    case FRAME.received:
      return { type: 'received', id }
    case FRAME.leader:
      return { type: 'leader' }
    default:
      throw unknownFrame(type)
  }
}

function encodeFromTaskServer(message: FromTaskServer, writer: FrameWriter): void {
  switch (message.type) {
    case 'welcome':
      return writer.add(FRAME.welcome, 0, packr.pack([message.server, message.durable]))
    case 'accepted':
    case 'started':
      return writer.add(FRAME[message.type], message.id)
    case 'duplicate':
      return writer.add(FRAME.duplicate, message.id, packr.pack(message.of))
    case 'cancelling':
      return writer.add(FRAME.cancelling, message.id, packr.pack(message.found))
    case 'progress':
      return writer.add(FRAME.progress, message.id, packr.pack(message.progress))
    case 'finish':
    case 'ended':
      return writer.add(FRAME[message.type], message.id, join(packFinishMeta(message.meta), message.result))
    default:
      return message satisfies never
  }
}

function decodeFromTaskServer(type: number, id: number, payload: Uint8Array): FromTaskServer {
  switch (type) {
    case FRAME.welcome:
      return readWelcome(packr.unpack(payload) as [string, boolean])
    case FRAME.duplicate:
      return { type: 'duplicate', id, of: packr.unpack(payload) as number }
    case FRAME.cancelling:
      return { type: 'cancelling', id, found: packr.unpack(payload) as boolean }
    case FRAME.accepted:
      return { type: 'accepted', id }
    case FRAME.started:
      return { type: 'started', id }
    case FRAME.progress:
      return { type: 'progress', id, progress: packr.unpack(payload) as Progress }
    case FRAME.finish:
    case FRAME.ended: {
      const [meta, result] = split(payload)
      return { type: type === FRAME.finish ? 'finish' : 'ended', id, meta: unpackFinishMeta(meta), result }
    }
    default:
      throw unknownFrame(type)
  }
}

function readWelcome([server, durable]: [string, boolean]): FromTaskServer {
  return { type: 'welcome', server, durable }
}

/** Two parts of bytes: the length of the first is part of the meta data. */
function packRan({ meta, data, end, result }: Ran): Uint8Array {
  const head = packr.pack([packTaskMeta(meta), end.state, end.duration, data.length])
  return join(head, data, result)
}

function unpackRan(id: number, payload: Uint8Array): Ran {
  const [head, bytes] = split(payload)
  const [meta, state, duration, size] = packr.unpack(head) as [Uint8Array, RanMeta['state'], number, number]
  const [data, result] = [bytes.slice(0, size), bytes.slice(size)]
  return { type: 'ran', id, meta: unpackTaskMeta(meta), data, end: { state, duration }, result }
}

function packTaskMeta({ attempt, crashes, watched, name, createdAt, wishes }: TaskMeta): Uint8Array {
  const fields = [attempt, crashes, watched, name, createdAt]
  return packr.pack(wishes === undefined ? fields : [...fields, wishes])
}

function unpackTaskMeta(bytes: Uint8Array): TaskMeta {
  const fields = packr.unpack(bytes) as [number, number, boolean, string, number, TaskWishes | undefined]
  const [attempt, crashes, watched, name, createdAt, wishes] = fields
  return { attempt, crashes, watched, name, createdAt, ...(wishes !== undefined && { wishes }) }
}

function packFinishMeta({ failed, attempt, duration, redelivered, workerId }: FinishMeta): Uint8Array {
  return packr.pack([failed, attempt, duration, redelivered, workerId])
}

function unpackFinishMeta(bytes: Uint8Array): FinishMeta {
  const fields = packr.unpack(bytes) as [boolean, number, number, boolean, number]
  const [failed, attempt, duration, redelivered, workerId] = fields
  return { failed, attempt, duration, redelivered, workerId }
}

function join(meta: Uint8Array, bytes: Uint8Array, more: Uint8Array = NOTHING): Uint8Array {
  const start = META_LENGTH + meta.length
  const joined = Buffer.allocUnsafe(start + bytes.length + more.length)
  joined.writeUInt16LE(meta.length)
  joined.set(meta, META_LENGTH)
  joined.set(bytes, start)
  joined.set(more, start + bytes.length)
  return joined
}

/** The bytes are copied to exactly their size: a kept view would pin the whole chunk of the socket. */
function split(payload: Uint8Array): [meta: Uint8Array, bytes: Uint8Array] {
  const view = payload as Buffer
  const end = META_LENGTH + view.readUInt16LE()
  return [view.subarray(META_LENGTH, end), new Uint8Array(view.subarray(end))]
}

function unknownFrame(type: number): TsrvError {
  return new TsrvError('FRAME_INVALID', {
    found: `frame type ${type}`,
    expected: 'a type of this version of tsrv',
  })
}
