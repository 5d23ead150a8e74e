/**
 * `npm run build`: `dist/` from nothing, so that a file that is no more cannot be published. Of the declarations
 * only those stay that the public API reaches; an app's compiler never asks for another.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const dist = path.join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const tsc = path.join(root, 'node_modules', '.bin', 'tsc')
const { status, error } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) throw new Error('The build failed.', { cause: error })

const reached = declarationsReachedFrom(['index.d.ts', 'testing.d.ts'].map((name) => path.join(dist, name)))
for (const name of globSync('**/*.d.ts', { cwd: dist })) {
  const file = path.join(dist, name)
  if (!reached.has(file)) rmSync(file)
}

function declarationsReachedFrom(starts: readonly string[]): Set<string> {
  const found = new Set(starts)
  // A set can grow while it is walked.
  for (const file of found) for (const imported of importsOf(file)) found.add(imported)
  return found
}

function importsOf(file: string): string[] {
  // Examples in comments import files of the reader.
  const code = readFileSync(file, 'utf8').replaceAll(/\/\*.*?\*\//gs, '')
  const specifiers = code.matchAll(/\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.ts['"]/g)
  return [...specifiers].map(([, stem = '']) => path.resolve(path.dirname(file), `${stem}.d.ts`))
}
