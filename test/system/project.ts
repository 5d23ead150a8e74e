/** Projects for system tests, temp copies of fixtures, and the program that runs in them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** This repository. */
export const ROOT = path.resolve(import.meta.dirname, '../..')
export const BIN = path.join(ROOT, 'bin/tsrv.js')
const FIXTURES = path.join(ROOT, 'test/fixtures')
/** Of all servers under test: compiling tsrv anew for each of them would take half of the time of the tests. */
const COMPILED = path.join(ROOT, 'node_modules/.cache/tsrv/tests')

export interface StartOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Written over the copy of the fixture. */
  readonly files?: Readonly<Record<string, string>>
  /** A folder that stays; without it the fixture is copied into a new one. */
  readonly dir?: string
  /** With the packages of this repository to import from. */
  readonly withPackages?: boolean
  /** Its port is that of the configuration; without it a free one. */
  readonly ownPort?: boolean
  /** In a process group of its own, as a terminal starts it. */
  readonly detached?: boolean
  /** A line of shell that starts it, with `exec "$0" "$@"` in it. */
  readonly shell?: string
  /** Another copy of tsrv than this repository. */
  readonly bin?: string
  /** Descriptors that it gets as systemd passes them. */
  readonly sockets?: readonly number[]
}

/** For `env`: what is compiled goes where it goes outside tests. */
export const OWN_COMPILE_CACHE = { NODE_COMPILE_CACHE: '' }

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * A temp folder with a copy of a fixture in it. A file that is given takes the place of the fixture's of its name, also
 * when that has another extension.
 */
export function project(fixture: string, files: Readonly<Record<string, string>> = {}): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-test-'))
  const home = path.resolve(FIXTURES, fixture)
  const stem = (file: string): string => file.slice(0, file.length - path.extname(file).length)
  const given = new Set(Object.keys(files).map(stem))
  const filter = (file: string): boolean => !given.has(stem(path.relative(home, file)))
  cpSync(home, dir, { recursive: true, filter })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
    writeFileSync(path.join(dir, name), text)
  }
  return dir
}

/** Runs a command of tsrv to its end. */
export async function tsrv(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  bin: string = BIN,
): Promise<Ended> {
  const child = launch(dir, args, { env, bin })
  const out = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (out.stderr += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...out }
}

export function launch(
  dir: string,
  args: readonly string[],
  { env = {}, detached = false, shell, bin = BIN, sockets }: StartOptions,
): ChildProcess {
  const clean = Object.entries(process.env).filter(([name]) => !/^(TSRV_|PORT$|NODE_|FORCE_COLOR)/.test(name))
  const { NODE_COMPILE_CACHE = COMPILED, ...own } = env
  const program = [process.execPath, bin, ...args]
  // The pid has to be known before the program begins: a shell has it, and then becomes the program.
  const script = sockets === undefined ? shell : 'LISTEN_PID=$$ exec "$0" "$@"'
  const [command = '', ...rest] = script === undefined ? program : ['sh', '-c', script, ...program]
  return spawn(command, rest, {
    cwd: dir,
    env: {
      ...Object.fromEntries(clean),
      ...own,
      ...(NODE_COMPILE_CACHE !== '' && { NODE_COMPILE_CACHE }),
      ...(sockets !== undefined && { LISTEN_FDS: String(sockets.length), LISTEN_FDNAMES: 'web' }),
    },
    detached,
    stdio: ['ignore', 'pipe', 'pipe', ...(sockets ?? [])],
  })
}
