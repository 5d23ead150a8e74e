/** What the tests of the payload codec send: any value, any graph of objects; and the trip itself. */
import * as fc from 'fast-check'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { MARK } from '../../../src/wire/payload-marks.ts'
import { NO_TAGS, type Tags } from '../../../src/wire/tags.ts'

export function travel(value: unknown, tags: Tags = NO_TAGS): unknown {
  return decodePayload(encodePayload(value, tags), tags)
}

export function tagsOf(exports: Readonly<Record<string, object>>): Tags {
  return {
    tagOf: (exported) => Object.entries(exports).find(([, one]) => one === exported)?.[0],
    exportOf: (tag) => exports[tag],
  }
}

const key = fc.oneof(
  // Refused as a key, see below.
  fc.string({ unit: 'grapheme' }).filter((one) => one !== '__proto__'),
  fc.constantFrom(MARK, 'constructor', 'toJSON', 'hasOwnProperty', 'length', 'prototype', 'n', 'v', ''),
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  // Halves of surrogate pairs as well.
  fc.array(fc.nat(0xffff), { maxLength: 4 }).map((units) => String.fromCharCode(...units)),
)
const bytes = fc.uint8Array({ maxLength: 40 }).map((one) => new Uint8Array(one))
const primitive = fc.oneof(
  text,
  fc.bigInt(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constantFrom(undefined, NaN, -0, Infinity, null, 2 ** 53 - 1),
)
/** Objects that refer to no others. */
const leaf = fc.oneof(
  fc.date(),
  fc.webUrl().map((href) => new URL(href)),
  fc.webQueryParameters().map((query) => new URLSearchParams(query)),
  fc.constantFrom(/a\/b/giu, new RegExp('')).map(({ source, flags }) => new RegExp(source, flags)),
  text.map((one) => new RegExp(one.replace(/[^a-z]/g, '\\$&'))),
  bytes,
  bytes.map((one) => Buffer.from(one)),
  bytes.map((one) => one.buffer),
  bytes.map((one) => new DataView(one.buffer)),
  fc.oneof(fc.int8Array(), fc.uint16Array(), fc.int32Array(), fc.float32Array(), fc.bigInt64Array()),
  fc.float64Array().map((one) => new Float16Array(one)),
  primitive.filter((one) => one !== null && one !== undefined).map((one) => Object(one) as object),
  fc.tuple(text, fc.constantFrom('AbortError', 'TimeoutError')).map((init) => new DOMException(...init)),
  fc
    .dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{0,8}$/))
    .map((one) => new Headers(one)),
)
export const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    primitive,
    leaf,
    fc.anything({ withDate: true, withTypedArray: true, withSparseArray: true, key, maxDepth: 0 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.sparseArray(tie('value'), { maxNumElements: 4, maxLength: 9 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
    fc.tuple(text, tie('value')).map(([message, cause]) => new RangeError(message, { cause })),
  ),
}))

class Node {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}
class NodeError extends Error {
  override name = 'NodeError'
}
export const graphTags = tagsOf({ 'a#Node': Node, 'a#NodeError': NodeError })

/** How to make an object of each kind, and how to make it refer to another. */
const NODES: readonly (() => { node: object; refer: (key: string, to: unknown) => void })[] = [
  () => keyed({}),
  () => keyed(Object.create(null) as object),
  () => keyed({ constructor: 'data', [MARK]: 'class' }),
  () => keyed(new Node('n')),
  () => keyed(new Error('e')),
  () => keyed(new NodeError('f')),
  () => {
    const node = new AggregateError([], 'all')
    return { node, refer: (_, to) => void (node.errors as unknown[]).push(to) }
  },
  () => {
    const node = new TypeError('t', { cause: 'none yet' })
    return { node, refer: (_, to) => void Object.defineProperty(node, 'cause', { value: to }) }
  },
  () => {
    const node: unknown[] = []
    return { node, refer: (_, to) => void node.push(to) }
  },
  () => {
    const node: unknown[] = []
    return { node, refer: (_, to) => void (node[node.length + 2] = to) }
  },
  () => {
    const node = new Set()
    return { node, refer: (_, to) => void node.add(to) }
  },
  () => {
    const node = new Map()
    return {
      node,
      refer: (name, to) => void (name.length % 2 === 0 ? node.set(name, to) : node.set(to, name)),
    }
  },
]

function keyed(node: object): { node: object; refer: (key: string, to: unknown) => void } {
  return { node, refer: (name, to) => void Reflect.set(node, name, to) }
}

export const graph = fc
  .record({
    kinds: fc.array(fc.nat(NODES.length - 1), { minLength: 1, maxLength: 8 }),
    leaves: fc.array(leaf, { maxLength: 3 }),
    edges: fc.array(fc.tuple(fc.nat(), fc.stringMatching(/^[k-q]{1,3}$/), fc.nat()), { maxLength: 20 }),
  })
  .map(({ kinds, leaves, edges }) => {
    const nodes = kinds.map((kind) => (NODES[kind] as (typeof NODES)[number])())
    const targets = [...nodes.map(({ node }) => node), ...leaves]
    for (const [from, name, to] of edges) {
      nodes[from % nodes.length]?.refer(name, targets[to % targets.length])
    }
    return nodes[0]?.node
  })
