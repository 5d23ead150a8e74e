/** On which line each key of a YAML text stands, out of the events of its parser. */
import type { Event } from 'js-yaml'
import type { LineOf } from './given.ts'
import { withParents } from './locate.ts'

type Yaml = typeof import('js-yaml')

/** A walk through the events of one text. */
interface Walk {
  readonly text: string
  readonly yaml: Yaml
  readonly events: Iterator<Event, undefined>
  readonly lines: Map<string, number>
  /** Key path of what each anchor names. */
  readonly anchors: Map<string, string>
  /** End of the last text that was seen. */
  offset: number
}

/** @param text - what the parser accepts */
export function locateYamlKeys(text: string, yaml: Yaml): LineOf {
  const events = yaml.parseEvents(text, {}).values()
  const walk: Walk = { text, yaml, events, lines: new Map(), anchors: new Map(), offset: 0 }
  const { DOCUMENT, POP } = yaml.EVENT_ID
  for (let event = next(walk); event !== undefined; event = next(walk)) {
    if (event.type !== DOCUMENT && event.type !== POP) visit(walk, event, '')
  }
  return (path) => withParents(path, (part) => walk.lines.get(part))
}

function next(walk: Walk): Event | undefined {
  const { value: event } = walk.events.next()
  if (event !== undefined && 'valueEnd' in event) walk.offset = Math.max(walk.offset, event.valueEnd)
  return event
}

function visit(walk: Walk, event: Event, path: string): void {
  const { ALIAS, MAPPING, SEQUENCE } = walk.yaml.EVENT_ID
  const anchor = 'anchorStart' in event ? walk.text.slice(event.anchorStart, event.anchorEnd) : ''
  if (event.type === ALIAS) repeat(walk, walk.anchors.get(anchor) ?? path, path)
  else if (anchor !== '') walk.anchors.set(anchor, path)
  if (event.type === MAPPING) visitPairs(walk, path)
  if (event.type === SEQUENCE) visitItems(walk, path)
}

function visitPairs(walk: Walk, group: string): void {
  const { text, yaml, lines } = walk
  for (let key = next(walk); key !== undefined && key.type !== yaml.EVENT_ID.POP; key = next(walk)) {
    // A key that is an alias or has no text is none of ours.
    const name = key.type === yaml.EVENT_ID.SCALAR ? yaml.getScalarValue(text, key) : ''
    const path = group === '' ? name : `${group}.${name}`
    lines.set(path, lineAt(text, startOf(key) ?? walk.offset))
    const value = next(walk)
    if (value !== undefined) visit(walk, value, path)
  }
}

function visitItems(walk: Walk, list: string): void {
  let before = walk.offset
  let item = next(walk)
  for (let index = 0; item !== undefined && item.type !== walk.yaml.EVENT_ID.POP; index++) {
    const path = `${list}[${index}]`
    walk.lines.set(path, lineAt(walk.text, startOf(item) ?? dashAfter(walk.text, before)))
    visit(walk, item, path)
    before = walk.offset
    item = next(walk)
  }
}

/** What stands under an anchor stands under its alias, too, on the same lines. */
function repeat({ lines }: Walk, from: string, to: string): void {
  const isInside = (path: string): boolean => path.startsWith(`${from}.`) || path.startsWith(`${from}[`)
  const inside = [...lines].filter(([path]) => isInside(path))
  for (const [path, line] of inside) lines.set(`${to}${path.slice(from.length)}`, line)
}

function startOf(event: Event): number | undefined {
  const places = ['start', 'valueStart', 'anchorStart'].map((name): unknown => Reflect.get(event, name))
  return places.find((place): place is number => typeof place === 'number' && place >= 0)
}

/** An item without a value has no place of its own, only its dash. */
function dashAfter(text: string, offset: number): number {
  const found = /(?<=^[ \t]*)-(?=\s|$)/m.exec(text.slice(offset))
  return offset + (found?.index ?? 0)
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\n|\r/).length
}
