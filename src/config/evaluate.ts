/**
 * Evaluates a TypeScript or JavaScript config in a short-lived child, so that the supervisor runs no user code and
 * a reload sees edited imports. This is the outside of `entry/config-loader.ts`.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { entryUrl } from '../util/entry-url.ts'
import type { NotData } from './plain-data.ts'
import type { Thrown } from './thrown.ts'

export interface EvaluateRequest {
  readonly file: string
  readonly command: string
  /** Folder of the compile cache; without it nothing is cached. */
  readonly cacheDir?: string | undefined
}

/** What the child found, sent once. */
export type EvaluateReply =
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'notData'; readonly found: readonly NotData[] }
  | { readonly kind: 'thrown'; readonly thrown: Thrown }

export interface EvaluateOptions extends EvaluateRequest {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds after which the child is killed. */
  readonly deadline?: number
}

export const EVALUATE_DEADLINE = 30_000

// The user's config file may be TypeScript in a package without "type"; the warning would be about a file that works.
const NODE_OPTIONS = ['--disable-sigusr1', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON']
const STDERR = 2

/** Never rejects: whatever goes wrong in the child is what its file did. */
export async function evaluateConfig(options: EvaluateOptions): Promise<EvaluateReply> {
  const { env, deadline = EVALUATE_DEADLINE, ...request } = options
  const { promise, resolve } = Promise.withResolvers<EvaluateReply>()
  const failed = (message: string): void => resolve({ kind: 'thrown', thrown: { message } })
  const child = fork(fileURLToPath(entryUrl('config-loader')), [], {
    env: { ...env },
    execArgv: NODE_OPTIONS,
    // Keeps NaN, undefined and such apart from null, so that problems show what was really written.
    serialization: 'advanced',
    // What a config prints must not mix with the output of a command such as `tsrv status --json`.
    stdio: ['ignore', STDERR, STDERR, 'ipc'],
  })
  const timer = setTimeout(() => {
    failed(
      `did not finish within ${deadline / 1000} s; a config must not wait for something that does not come`,
    )
    child.kill('SIGKILL')
  }, deadline)
  child.once('message', (reply) => resolve(reply as unknown as EvaluateReply))
  child.once('error', (error) => failed(`could not be evaluated: ${error.message}`))
  child.once('close', (code, signal) => {
    clearTimeout(timer)
    failed(`ended its process (${signal ?? `exit status ${code}`}) before it exported anything`)
  })
  child.send(request, (error) => {
    if (error !== null) failed(`could not be evaluated: ${error.message}`)
  })
  return promise
}
