/**
 * Evaluates a TypeScript or JavaScript config in a short-lived child, so that the supervisor runs no user code and
 * a reload sees edited imports. This is the outside of `entry/config-loader.ts`.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { entryUrl } from '../util/entry-url.ts'
import type { LoadedFile } from '../wire/loaded.ts'
import { formatOf } from './file-names.ts'
import type { NotData } from './plain-data.ts'
import type { Thrown } from './thrown.ts'

/** What the child found, sent once. */
export type EvaluateReply =
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'notData'; readonly found: readonly NotData[] }
  | { readonly kind: 'thrown'; readonly thrown: Thrown }

export interface EvaluateOptions {
  readonly file: string
  /** The verb, for config functions. */
  readonly command: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder of the compile cache; without it nothing is cached. */
  readonly cacheDir?: string | undefined
  /** Milliseconds after which the child is killed. */
  readonly deadline?: number
  /** Kills the child at once. */
  readonly signal?: AbortSignal | undefined
  /** Hears of the modules that the config is made of, also when it fails. */
  readonly onLoaded?: OnLoaded | undefined
}

export type OnLoaded = (files: readonly LoadedFile[]) => void

/** Sent before the answer, when the child was asked for it. */
export interface ConfigLoaded {
  readonly kind: 'loaded'
  readonly files: readonly LoadedFile[]
}

/** Whether a config file is a program, which has to be evaluated. */
export function isModuleConfig(file: string): boolean {
  return formatOf(file) === 'module'
}

const EVALUATE_DEADLINE = 30_000

const NODE_OPTIONS = [
  '--disable-sigusr1',
  // The config may be TypeScript in a package without "type"; the warning would be about a file that works.
  '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
  // Looking up the line of an error of syntax uses a young function of Node.
  '--disable-warning=ExperimentalWarning',
]
const STDERR = 2

/** Never rejects: whatever goes wrong in the child is what its file did. */
export async function evaluateConfig(options: EvaluateOptions): Promise<EvaluateReply> {
  const { file, command, env, cacheDir, deadline = EVALUATE_DEADLINE, signal, onLoaded } = options
  const { promise, resolve } = Promise.withResolvers<EvaluateReply>()
  const failed = (message: string): void => resolve({ kind: 'thrown', thrown: { message } })
  const watched = onLoaded === undefined ? [] : ['watched']
  const child = fork(fileURLToPath(entryUrl('config-loader')), [file, command, ...watched], {
    // By the environment, not by a call: then the cache also holds what the child itself is made of.
    env: { ...(cacheDir !== undefined && { NODE_COMPILE_CACHE: cacheDir }), ...env },
    execArgv: NODE_OPTIONS,
    // Keeps NaN, undefined and such apart from null, so that problems show what was really written.
    serialization: 'advanced',
    // What a config prints must not mix with the output of a command such as `tsrv status --json`.
    stdio: ['ignore', STDERR, STDERR, 'ipc'],
  })
  const giveUp = (message: string): void => {
    failed(message)
    child.kill('SIGKILL')
  }
  const timer = setTimeout(() => {
    giveUp(
      `did not finish within ${deadline / 1000} s; a config must not wait for something that does not come`,
    )
  }, deadline)
  const interrupt = (): void => giveUp('was not evaluated to its end: the server was told to stop')
  if (signal?.aborted) interrupt()
  else signal?.addEventListener('abort', interrupt)
  // The file may send messages of its own; they are none of ours.
  child.on('message', (message) => {
    if (isReply(message)) resolve(message)
    else if (isLoaded(message)) onLoaded?.(message.files)
  })
  child.once('error', (error) => failed(`could not be evaluated: ${error.message}`))
  child.once('close', (code, killedBy) => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', interrupt)
    failed(`ended its process (${killedBy ?? `exit status ${code}`}) before it exported anything`)
  })
  return promise
}

function isLoaded(message: unknown): message is ConfigLoaded {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'loaded'
}

function isReply(message: unknown): message is EvaluateReply {
  const kind = typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined
  return kind === 'data' || kind === 'notData' || kind === 'thrown'
}
