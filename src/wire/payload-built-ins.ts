/** Built-in objects that msgpack does not know, as marked records. `payload-revive.ts` is the way back. */
import type { Step } from '../util/data-path.ts'
import { MARK, type Marked, VIEWS } from './payload-marks.ts'
import { type Place, refusal } from './payload-refusal.ts'

/** Wires a value found inside another, one step further down. */
export type WireInner = (inner: unknown, step: Step) => unknown

type Writer = (value: never, inner: WireInner, place: Place) => Marked | Date

// By prototype, not by `instanceof`: an instance of a subclass would arrive as another thing than it left.
const WRITERS = new Map<object, Writer>([
  [Date.prototype, (date: Date) => date],
  [Map.prototype, mapToWire],
  [Set.prototype, setToWire],
  [
    RegExp.prototype,
    ({ source, flags }: RegExp, inner) => ({ [MARK]: 'RegExp', v: [inner(source, ''), flags] }),
  ],
  [URL.prototype, ({ href }: URL) => ({ [MARK]: 'URL', v: href })],
  [
    URLSearchParams.prototype,
    (params: URLSearchParams) => ({ [MARK]: 'URLSearchParams', v: params.toString() }),
  ],
  [ArrayBuffer.prototype, bufferToWire],
  [Buffer.prototype, (buffer: Buffer, _, place) => viewToWire('Buffer', buffer, place)],
  ...Object.entries(VIEWS).map(([name, { prototype }]): [object, Writer] => [
    prototype,
    (view: ArrayBufferView, _, place) => viewToWire(name, view, place),
  ]),
  ...[Boolean, Number, String, BigInt].map(({ prototype }): [object, Writer] => [prototype, boxToWire]),
])

/** The marked record of a built-in object, or the Date itself; undefined when it is of no such class. */
export function builtInToWire(
  value: object,
  prototype: object,
  inner: WireInner,
  place: Place,
): Marked | Date | undefined {
  const write = WRITERS.get(prototype)
  if (write !== undefined) return write(value as never, inner, place)
  return isHeaders(value, prototype) ? { [MARK]: 'Headers', v: [...value] } : undefined
}

/** The built-in class among the ancestors whose contents own fields do not show. */
export function hiddenBuiltIn(prototype: object): string | undefined {
  for (let next: unknown = prototype; typeof next === 'object' && next !== null;) {
    if (WRITERS.has(next) || next === Array.prototype) return next.constructor.name
    next = Object.getPrototypeOf(next)
  }
  return undefined
}

// Naming the global would load undici (30 ms) in every program that sends a task.
function isHeaders(value: object, prototype: object): value is Headers {
  return prototype.constructor?.name === 'Headers' && value instanceof Headers
}

function mapToWire(map: Map<unknown, unknown>, inner: WireInner): Marked {
  const flat: unknown[] = []
  let index = 0
  for (const [key, value] of map) {
    flat.push(inner(key, { into: `.<Map>[${index}][0]` }), inner(value, { into: `.<Map>[${index}][1]` }))
    index++
  }
  return { [MARK]: 'Map', v: flat }
}

function setToWire(set: Set<unknown>, inner: WireInner): Marked {
  const items: unknown[] = []
  for (const item of set) items.push(inner(item, { into: `.<Set>[${items.length}]` }))
  return { [MARK]: 'Set', v: items }
}

function boxToWire(box: object, inner: WireInner): Marked {
  return { [MARK]: 'box', v: inner(box.valueOf(), '') }
}

function bufferToWire(buffer: ArrayBuffer, _: WireInner, place: Place): Marked {
  if (buffer.detached) throw refusal('a detached ArrayBuffer', place)
  const bytes = new Uint8Array(buffer)
  return { [MARK]: 'ArrayBuffer', v: buffer.resizable ? [bytes, buffer.maxByteLength] : [bytes] }
}

/** A view brings its own bytes and not the memory around them: a Buffer is mostly a slice of a 64 KiB slab. */
function viewToWire(name: string, view: ArrayBufferView, place: Place): Marked {
  if (!(view.buffer instanceof ArrayBuffer))
    throw refusal(`shared memory, viewed by ${name},`, place, 'Send a copy.')
  if (view.buffer.detached) throw refusal(`a detached ArrayBuffer, viewed by ${name},`, place)
  return { [MARK]: name, v: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) }
}
