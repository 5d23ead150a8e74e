/**
 * CPU of one trip of task data: encode + decode, in µs. Alternates our codec, structuredClone, JSON and, when a
 * path is given, another version of ours: `node bench/payload.ts /path/to/other/src/wire/payload.ts`.
 */
import { pathToFileURL } from 'node:url'
import path from 'node:path'
import * as ours from '../src/wire/payload.ts'
import type { Tags } from '../src/wire/tags.ts'
import { show, spreadOf } from './statistics.ts'

const ROUNDS = 15
const TRIPS = 2000

class Message {
  hello: string
  at: Date
  constructor(hello: string, at: Date) {
    this.hello = hello
    this.at = at
  }
}
const tags: Tags = {
  tagOf: (exported) => (exported === Message ? 'bench#Message' : undefined),
  exportOf: (tag) => (tag === 'bench#Message' ? Message : undefined),
}

const record = (index: number): object => ({
  id: index,
  name: `record ${index}`,
  tags: ['a', 'b'],
  place: { lat: 48.2, lon: 16.37 },
})
const shared = record(0)
const PAYLOADS: Readonly<Record<string, unknown>> = {
  'small object': { hello: 'world', count: 3, ok: true },
  'small instance with a Date': new Message('world', new Date(0)),
  '1 KiB string': { hello: 'world', text: 'x'.repeat(1024) },
  '20 nested records': { records: Array.from({ length: 20 }, (_, index) => record(index)) },
  '1000 numbers': Array.from({ length: 1000 }, (_, index) => index * 1.5),
  'one record 20 times': { records: Array.from({ length: 20 }, () => shared) },
}

type Trip = (value: unknown) => unknown
const tripOf =
  ({ encodePayload, decodePayload }: typeof ours): Trip =>
  (value) =>
    decodePayload(encodePayload(value, tags), tags)
const codecs: Record<string, Trip> = {
  tsrv: tripOf(ours),
  structuredClone: (value) => structuredClone(value),
  JSON: (value) => JSON.parse(JSON.stringify(value)) as unknown,
}
const [other] = process.argv.slice(2)
if (other !== undefined) {
  codecs['other'] = tripOf((await import(pathToFileURL(path.resolve(other)).href)) as typeof ours)
}

console.log(
  `| payload | ${Object.keys(codecs).join(' | ')} |\n|---|${'---|'.repeat(Object.keys(codecs).length)}`,
)
for (const [name, value] of Object.entries(PAYLOADS)) {
  const measured = new Map(Object.keys(codecs).map((codec) => [codec, [] as number[]]))
  for (let round = -2; round < ROUNDS; round++) {
    for (const [codec, trip] of Object.entries(codecs)) {
      const cpu = cpuOf(trip, value)
      if (round >= 0) measured.get(codec)?.push(cpu)
    }
  }
  console.log(`| ${name} | ${[...measured.values()].map((one) => show(spreadOf(one), 2)).join(' | ')} |`)
}

/** CPU time and not wall time: other programs on the machine do not count. */
function cpuOf(trip: Trip, value: unknown): number {
  const before = process.cpuUsage()
  for (let count = 0; count < TRIPS; count++) trip(value)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / TRIPS
}
