/**
 * Calls to the methods of a service, over a socket of its own in the run directory: its callers reach it directly,
 * and what they say never passes the supervisor.
 */
import { createHash } from 'node:crypto'
import { Packr } from 'msgpackr/pack'
import { TsrvError } from '../errors.ts'
import type { Codec } from './socket-channel.ts'

export interface ServiceCall {
  readonly id: number
  readonly method: string
  /** Packed. */
  readonly data: Uint8Array
}

export interface ServiceAnswer {
  readonly id: number
  readonly ok: boolean
  /** The packed return value, or the packed error. */
  readonly result: Uint8Array
}

/** Beside the socket of the task server, and hardly longer: there is a limit to the length of such paths. */
export function serviceSocket(tasksSocket: string, name: string): string {
  const tag = createHash('sha256').update(name).digest('hex').slice(0, 6)
  // In the temp directory the sockets of one server share a prefix, which stays.
  return tasksSocket.replace(/tasks\.sock$/, `s-${tag}.sock`)
}

const FRAME = { call: 1, returned: 2, threw: 3 } as const

const packr = new Packr({ useRecords: false })

/** The end that calls. */
export const callerCodec: Codec<ServiceCall, ServiceAnswer> = {
  encode: ({ id, method, data }, writer) => writer.add(FRAME.call, id, packr.pack([method, data])),
  decode: (type, id, payload) => {
    if (type !== FRAME.returned && type !== FRAME.threw) throw unknownFrame(type)
    // A copy of exactly its size: a kept view would pin the whole chunk of the socket.
    return { id, ok: type === FRAME.returned, result: new Uint8Array(payload) }
  },
}

/** The end that answers. */
export const serviceCodec: Codec<ServiceAnswer, ServiceCall> = {
  encode: ({ id, ok, result }, writer) => writer.add(ok ? FRAME.returned : FRAME.threw, id, result),
  decode: (type, id, payload) => {
    if (type !== FRAME.call) throw unknownFrame(type)
    const [method, data] = packr.unpack(payload) as [string, Uint8Array]
    return { id, method, data: new Uint8Array(data) }
  },
}

function unknownFrame(type: number): TsrvError {
  return new TsrvError('FRAME_INVALID', {
    found: `frame type ${type}`,
    expected: 'a type of this version of tsrv',
  })
}
