/**
 * User data <-> bytes. The walk marks what msgpack does not know (classes, Map, Error, references …) and msgpack
 * packs; plain data is packed as it is. Only sender and task worker decode.
 */
import { Packr } from 'msgpackr/pack'
import { TsrvError } from '../errors.ts'
import { requireSize } from './payload-limit.ts'
import type { PayloadKind } from './payload-refusal.ts'
import { revive } from './payload-revive.ts'
import { wire } from './payload-walk.ts'
import type { Tags } from './tags.ts'

const packr = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true })

/**
 * Packs `value` into bytes of exactly their size (a pooled view would drag its whole slab through every clone).
 * What `structuredClone` keeps is kept, cycles and shared references included, and classes with a tag besides.
 * Left behind as there: symbol keys, accessors, names on built-in objects, memory that views share.
 *
 * @throws TsrvError TSRV_TASK_NOT_SERIALISABLE naming the first value that cannot travel and its path;
 *   TSRV_TASK_TOO_LARGE
 */
export function encodePayload(value: unknown, tags: Tags, kind: PayloadKind = 'task data'): Uint8Array {
  const packed = packr.pack(marked(value, tags, kind))
  requireSize(packed.length, kind)
  return new Uint8Array(packed)
}

function marked(value: unknown, tags: Tags, kind: PayloadKind): unknown {
  try {
    return wire(value, tags, kind)
  } catch (error) {
    // Who sent it is what its reader looks for; the steps of the walk would fill the ten frames of a stack.
    if (error instanceof TsrvError) Error.captureStackTrace(error, encodePayload)
    throw error
  }
}

/** @throws TsrvError TSRV_TASK_TYPE_UNKNOWN when a tag has no class or function here */
export function decodePayload(bytes: Uint8Array, tags: Tags): unknown {
  return revive(packr.unpack(bytes), tags)
}
