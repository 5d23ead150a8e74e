/**
 * `npm test`: lint, format, types, then all tests. Stops at the first step that fails; the test runner's summary
 * is the last thing printed. Arguments: parts of the names of the test files to run; `--tests-only`.
 */
import { spawnSync } from 'node:child_process'
import { globSync, rmSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name)

/** Compiled once for all test files and servers under test; new each time, because fixtures leave theirs in it, too. */
const COMPILED = path.join(root, 'node_modules/.cache/tsrv/tests')

interface Step {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

const TESTS_ONLY = '--tests-only'

const SUITES = [
  'test/*.test.ts',
  'test/unit/**/*.test.ts',
  'test/contract/**/*.test.ts',
  'test/integration/**/*.test.ts',
  'test/system/**/*.test.ts',
]

const STEPS: readonly Step[] = [
  { name: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', command: bin('oxfmt'), args: ['--check', '.'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
  {
    name: 'tests',
    command: process.execPath,
    args: ['--test', '--test-reporter=spec', '--test-concurrency=2', '--test-timeout=90000', ...testFiles()],
  },
]

function testFiles(): string[] {
  const wanted = process.argv.slice(2).filter((argument) => argument !== TESTS_ONLY)
  return SUITES.flatMap((pattern) => globSync(pattern, { cwd: root }).sort()).filter(
    (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
  )
}

rmSync(COMPILED, { recursive: true, force: true, maxRetries: 5 })
const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED }
const steps = STEPS.filter(({ name }) => name === 'tests' || !process.argv.includes(TESTS_ONLY))
for (const { name, command, args } of steps) {
  console.log(`\n▸ ${name} (Node ${process.versions.node})`)
  const startedAt = performance.now()
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) {
    console.error(`✖ ${name} failed${error === undefined ? '' : `: ${error.message}`}`)
    process.exit(1)
  }
  if (name !== 'tests') console.log(`✓ ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
}
