/**
 * The walk over what is sent: copy on write, so plain data comes out as it went in. It marks what msgpack does
 * not know, names what cannot travel by its path, and turns a second meeting with an object into a reference to
 * its number. Objects are numbered in the order they are met; `payload-revive.ts` counts in the same order.
 */
import type { Step } from '../util/data-path.ts'
import { errorClassOf } from './error-classes.ts'
import { builtInToWire, hiddenBuiltIn } from './payload-built-ins.ts'
import { partsOf } from './payload-errors.ts'
import { MARK, type Marked } from './payload-marks.ts'
import { EXPORT_FUNCTION, type PayloadKind, refusal, unknownClassRefusal } from './payload-refusal.ts'
import type { Tags } from './tags.ts'

// Deeper nesting is a mistake far more often than data, and the packer recurses: refuse before the stack does.
const DEEPEST = 1000

/** @throws TsrvError TSRV_TASK_NOT_SERIALISABLE */
export function wire(value: unknown, tags: Tags, kind: PayloadKind): unknown {
  if (!isDeep(value)) return value
  const walk: Walk = { tags, kind, path: [], trail: [], seen: new Set(), numbers: undefined, inJson: 0 }
  const wired = toWire(value, walk)
  return walk.numbers === undefined ? wired : { [MARK]: 'graph', v: wired }
}

interface Walk {
  readonly tags: Tags
  readonly kind: PayloadKind
  /** Steps to the value being walked; made into text only for a refusal. */
  readonly path: Step[]
  /** The objects on that path. */
  readonly trail: object[]
  readonly seen: Set<object>
  /** The numbers of what was seen, from the first reference on: without one nobody asks for them. */
  numbers: Map<object, number> | undefined
  /** While the outcome of a `toJSON()` is walked, how many objects of the trail are not of that outcome. */
  inJson: number
}

/** Whether msgpack alone would not do: also -0 and halves of surrogate pairs, which it would change. */
function isDeep(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return !value.isWellFormed()
    case 'number':
      return value === 0 && Object.is(value, -0)
    case 'object':
      return value !== null
    case 'function':
    case 'symbol':
    case 'bigint':
      return true
    case 'boolean':
    case 'undefined':
      return false
    default:
      return false
  }
}

function inner(value: unknown, step: Step, walk: Walk): unknown {
  if (!isDeep(value)) return value
  walk.path.push(step)
  const wired = toWire(value, walk)
  walk.path.pop()
  return wired
}

function toWire(value: unknown, walk: Walk): unknown {
  if (typeof value === 'object' && value !== null) return objectToWire(value, walk)
  if (typeof value === 'bigint') return { [MARK]: 'BigInt', v: value.toString() }
  if (typeof value === 'number') return { [MARK]: 'Number', v: '-0' }
  if (typeof value === 'string') return { [MARK]: 'String', v: codeUnitsOf(value) }
  if (typeof value === 'symbol') throw refusal('a symbol', walk)
  const tag = walk.tags.tagOf(value as object)
  if (tag === undefined) throw refusal(functionInWords(value as object), walk, EXPORT_FUNCTION)
  return { [MARK]: 'function', n: tag }
}

/** One that defineTask() has named was made to travel: its name says more than where it stands. */
function functionInWords(value: object): string {
  const { taskName } = value as { taskName?: unknown }
  return typeof taskName === 'string' ? `the task "${taskName}"` : 'a function'
}

function codeUnitsOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
}

function objectToWire(value: object, walk: Walk): unknown {
  const number = walk.seen.size
  walk.seen.add(value)
  // One look-up for both questions: is it new, and remember it.
  if (walk.seen.size === number) return referenceTo(value, walk)
  walk.numbers?.set(value, number)
  if (walk.trail.push(value) > DEEPEST) throw refusal(`nesting deeper than ${DEEPEST}`, walk)
  const wired = contentsToWire(value, walk)
  walk.trail.pop()
  return wired
}

function referenceTo(value: object, walk: Walk): Marked {
  const ancestor = walk.inJson === 0 ? -1 : walk.trail.indexOf(value)
  // fromJSON() runs on arrival, when the objects around it are not complete yet.
  if (ancestor !== -1 && ancestor < walk.inJson) throw refusal('a cycle through toJSON()', walk)
  walk.numbers ??= new Map([...walk.seen].map((one, index) => [one, index]))
  return { [MARK]: 'ref', v: walk.numbers.get(value) }
}

function contentsToWire(value: object, walk: Walk): unknown {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return fieldsToWire(value as Record<string, unknown>, walk)
  if (prototype === Array.prototype && Array.isArray(value)) return arrayToWire(value, walk)
  if (prototype === null) return { [MARK]: 'null', v: fieldsToWire({ ...value }, walk) }
  return instanceToWire(value, prototype as object, walk)
}

function fieldsToWire(fields: Record<string, unknown>, walk: Walk): unknown {
  let copy: Record<string, unknown> | undefined
  let isPlain = true
  for (const key of Object.keys(fields)) {
    if (key === '__proto__') throw refusal('the key "__proto__"', walk)
    // Data from outside must not be able to name a class; the packer tells plain objects by `constructor`.
    if (key === MARK || key === 'constructor' || !key.isWellFormed()) isPlain = false
    const field = fields[key]
    if (!isDeep(field)) continue
    const wired = inner(field, key, walk)
    if (wired !== field) (copy ??= { ...fields })[key] = wired
  }
  return isPlain ? (copy ?? fields) : { [MARK]: 'Object', v: entriesOf(copy ?? fields) }
}

/** Keys and values in turn. A key is wired, too: it may hold half of a surrogate pair. */
function entriesOf(fields: object): unknown[] {
  return Object.entries(fields).flatMap(([key, value]) => [
    key.isWellFormed() ? key : { [MARK]: 'String', v: codeUnitsOf(key) },
    value,
  ])
}

function arrayToWire(value: readonly unknown[], walk: Walk): unknown {
  let copy: unknown[] | undefined
  // The outcome of a RegExp match is an array with names; to ask every array for names costs what packing it does.
  const { index: at, groups } = value as { index?: unknown; groups?: unknown }
  const isMatch = at !== undefined || groups !== undefined
  for (let index = 0; index < value.length; index++) {
    const item = value[index]
    if (isMatch || (item === undefined && !Object.hasOwn(value, index))) {
      return { [MARK]: 'Array', v: [value.length, ...sparseEntries(value, copy ?? value, index, walk)] }
    }
    if (!isDeep(item)) continue
    const wired = inner(item, index, walk)
    if (wired !== item) (copy ??= value.slice())[index] = wired
  }
  return copy ?? value
}

/** Keys and items in turn; those up to `done` have been wired already. */
function sparseEntries(
  value: readonly unknown[],
  wired: readonly unknown[],
  done: number,
  walk: Walk,
): unknown[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const index = Number(key)
    return [key, index < done ? wired[index] : inner(item, Number.isNaN(index) ? key : index, walk)]
  })
}

function instanceToWire(value: object, prototype: object, walk: Walk): unknown {
  // Of the prototype: an own key "constructor" is data and must not choose a class.
  const type = (prototype as { constructor?: unknown }).constructor
  const tag = typeof type === 'function' ? walk.tags.tagOf(type) : undefined
  if (tag !== undefined) return taggedToWire(value, type as object, prototype, tag, walk)
  if (value instanceof Error) return errorToWire(value, walk)
  const known = builtInToWire(value, prototype, (one, step) => inner(one, step, walk), walk)
  if (known === undefined) throw unknownClassRefusal(value, type, walk)
  return known
}

function taggedToWire(value: object, type: object, prototype: object, tag: string, walk: Walk): Marked {
  if (typeof (type as { fromJSON?: unknown }).fromJSON === 'function' && 'toJSON' in value) {
    return { [MARK]: 'json', n: tag, v: jsonToWire((value as { toJSON(): unknown }).toJSON(), walk) }
  }
  if (value instanceof Error) return { ...errorToWire(value, walk), [MARK]: 'class error', n: tag }
  const hidden = hiddenBuiltIn(prototype)
  if (hidden !== undefined) {
    const found = `an instance of ${(type as { name?: string }).name}, whose contents the built-in ${hidden} hides,`
    throw refusal(found, walk, 'Give the class toJSON() and static fromJSON().')
  }
  // Fields go the way of plain ones, so that a field that holds the mark cannot name another class.
  return { [MARK]: 'class', n: tag, v: fieldsToWire({ ...value }, walk) }
}

function jsonToWire(json: unknown, walk: Walk): unknown {
  const outer = walk.inJson
  walk.inJson = walk.trail.length
  const wired = inner(json, { into: '.toJSON()' }, walk)
  walk.inJson = outer
  return wired
}

function errorToWire(error: Error, walk: Walk): Marked {
  const base = errorClassOf(error)
  const { hidden, fields } = partsOf(error, base)
  return { [MARK]: 'Error', n: base, v: [fieldsToWire(hidden, walk), fieldsToWire(fields, walk)] }
}
