/** The imports of src flow one way: errors, wire, util <- … <- tasks | http | supervisor <- entry <- cli. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

const LEAVES = [
  'errors.ts',
  'wire',
  'util',
  'listener.ts',
  'task-handle.ts',
  'logger.ts',
  'service-lookup.ts',
  'server.ts',
] as const
const ROOMS = ['log', 'events', 'container', 'config', 'static', 'control'] as const

/** Folder or top-level file -> what it may import. docs/architecture.md draws its picture from this table. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  util: ['errors.ts'],
  wire: ['errors.ts', 'util'],
  'listener.ts': [],
  'task-handle.ts': ['util', 'wire'],
  'logger.ts': [],
  'service-lookup.ts': [],
  'server.ts': [
    'errors.ts',
    'util',
    'wire',
    'listener.ts',
    'task-handle.ts',
    'logger.ts',
    'service-lookup.ts',
  ],
  log: [...LEAVES],
  events: [...LEAVES],
  container: [...LEAVES],
  config: [...LEAVES],
  static: [...LEAVES],
  control: [...LEAVES],
  tasks: [...LEAVES, ...ROOMS],
  http: [...LEAVES, ...ROOMS],
  supervisor: [...LEAVES, ...ROOMS],
  entry: [...LEAVES, ...ROOMS, 'tasks', 'http', 'supervisor'],
  cli: [...LEAVES, ...ROOMS, 'entry'],
  'index.ts': [...LEAVES, ...ROOMS, 'tasks', 'http'],
  testing: [...LEAVES, ...ROOMS, 'tasks'],
  'testing.ts': ['testing'],
}

interface Edge {
  readonly from: string
  readonly to: string
}

// Static imports and re-exports, also over several lines, and import() of a literal.
const IMPORT = /(?:^(?:import|export)\b[^'"`]*?\bfrom\s*|^import\s*|\bimport\(\s*)['"](\.[^'"]+)['"]/gm

function importsOf(from: string, text: string): Edge[] {
  return [...text.matchAll(IMPORT)].map(([, to = '']) => ({
    from,
    to: path.posix.join(path.posix.dirname(from), to),
  }))
}

function violations(edges: readonly Edge[]): string[] {
  const room = (file: string): string => file.split('/')[1] ?? ''
  return edges
    .filter(({ from, to }) => room(from) !== room(to) && !(MAY_IMPORT[room(from)] ?? []).includes(room(to)))
    .map(({ from, to }) => `${from} -> ${to}`)
}

const root = path.resolve(import.meta.dirname, '..')
const files = globSync('src/**/*.ts', { cwd: root }).map((file) => file.replaceAll(path.sep, '/'))
const edges = files.flatMap((file) => importsOf(file, readFileSync(path.join(root, file), 'utf8')))

describe('the architecture', () => {
  it('lets imports flow one way only', () => assert.deepEqual(violations(edges), []))

  it('is checked against imports that really were read', () => {
    assert.ok(edges.length > 100, `${edges.length} imports`)
    for (const { to } of edges) assert.ok(files.includes(to), `${to} is a file`)
  })

  it('is guarded by a check that can fail', () => {
    const planted = [
      `import type { Config } from '../config/config.ts'`,
      `import '../entry/http-worker.ts'`,
      `export {\n  Supervisor,\n} from '../supervisor/supervisor.ts'`,
      `const later = await import('../http/app.ts')`,
    ]
    for (const line of planted)
      assert.equal(violations(importsOf('src/wire/planted.ts', line)).length, 1, line)
  })

  it('knows every folder of src', () => {
    const rooms = new Set(files.map((file) => file.split('/')[1] ?? ''))
    for (const room of rooms) assert.ok(Object.hasOwn(MAY_IMPORT, room), `${room} has a row in MAY_IMPORT`)
  })

  it('has no circle among its rooms', () => {
    const visit = (room: string, trail: readonly string[]): void => {
      assert.ok(!trail.includes(room), `circle: ${[...trail, room].join(' -> ')}`)
      for (const next of MAY_IMPORT[room] ?? []) visit(next, [...trail, room])
    }
    for (const room of Object.keys(MAY_IMPORT)) visit(room, [])
  })

  it('keeps the three siblings apart', () => {
    const siblings = ['tasks', 'http', 'supervisor']
    for (const one of siblings) for (const other of siblings) assert.ok(!MAY_IMPORT[one]?.includes(other))
  })
})
