/**
 * `npm test`: lint, format and types beside each other, then all tests. Stops when one of the three fails; the test
 * runner's summary is the last thing printed. Arguments: parts of the names of the test files to run; `--tests-only`.
 */
import { execFile, spawnSync } from 'node:child_process'
import { globSync, rmSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name)

/** Compiled once for all test files and servers under test; new each time, because fixtures leave theirs in it, too. */
const COMPILED = path.join(root, 'node_modules/.cache/tsrv/tests')

interface Check {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

const TESTS_ONLY = '--tests-only'

const CHECKS: readonly Check[] = [
  { name: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', command: bin('oxfmt'), args: ['--check', '.'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
]

/** What takes longest first: at the end many short files leave no processor idle. */
const SUITES = [
  'test/system/**/*.test.ts',
  'test/*.test.ts',
  'test/integration/**/*.test.ts',
  'test/contract/**/*.test.ts',
  'test/unit/**/*.test.ts',
]

/** Files at a time. With two processors 3 take 5 % longer and 6 take 17 %: then they wait for each other. */
const FILES_AT_A_TIME = 4

/** Ends a suite that hangs: a test has its own limit, but not what keeps the process of its file alive after it. */
const LONGEST = 25 * 60_000

function testFiles(): string[] {
  const wanted = process.argv.slice(2).filter((argument) => argument !== TESTS_ONLY)
  return SUITES.flatMap((pattern) => globSync(pattern, { cwd: root }).sort()).filter(
    (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
  )
}

/** Prints what it has to say when it is over, because others run beside it. */
function passes({ name, command, args }: Check): Promise<boolean> {
  const startedAt = performance.now()
  return new Promise((resolve) =>
    execFile(command, args, { cwd: root, maxBuffer: Infinity }, (error, stdout, stderr) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      // Without a word of its own it could not even be started.
      const output = stdout + stderr || `${error?.message ?? ''}\n`
      console.log(
        error === null ? `✓ ${name} (${seconds} s)` : `▸ ${name}\n${output}✖ ${name} failed (${seconds} s)`,
      )
      resolve(error === null)
    }),
  )
}

rmSync(COMPILED, { recursive: true, force: true, maxRetries: 5 })
console.log(`Node ${process.versions.node}`)
const checked = process.argv.includes(TESTS_ONLY) ? [] : await Promise.all(CHECKS.map(passes))
if (checked.includes(false)) process.exit(1)
const tests = [
  '--test',
  '--test-reporter=spec',
  `--test-concurrency=${FILES_AT_A_TIME}`,
  '--test-timeout=90000',
]
const { status, error } = spawnSync(process.execPath, [...tests, ...testFiles()], {
  cwd: root,
  env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
  stdio: 'inherit',
  timeout: LONGEST,
  // The runner tells what it has so far.
  killSignal: 'SIGINT',
})
if (status !== 0) {
  const isLate = error !== undefined && 'code' in error && error.code === 'ETIMEDOUT'
  console.error(isLate ? '✖ tests took too long; servers of theirs may be left' : '✖ tests failed')
  process.exit(1)
}
