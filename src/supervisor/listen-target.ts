/** Where a server is to listen, as the configuration says it, and as a number. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { TsrvError } from '../errors.ts'
import { listenFailure } from './address-claim.ts'
import type { BindTarget } from './bind.ts'

/** A host name is looked up, its first address counts; port 0 lets the system choose. */
export type ListenTarget = { readonly host: string; readonly port: number } | { readonly path: string }

const LOOKUP_TIMEOUT = 5_000

/** @throws TsrvError `TSRV_LISTEN_FAILED` for a host name that leads nowhere */
export async function resolveHost(target: ListenTarget, signal?: AbortSignal): Promise<BindTarget> {
  if ('path' in target || isIP(target.host) !== 0) return target
  try {
    const found = await Promise.race([
      lookup(target.host),
      delay(LOOKUP_TIMEOUT, undefined, { signal, ref: false }),
    ])
    if (found === undefined) throw listenFailure(target, 'ETIMEDOUT')
    return { host: found.address, port: target.port }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof TsrvError) throw error
    throw listenFailure(
      target,
      error instanceof Error && 'code' in error ? String(error.code) : 'ENOTFOUND',
      error,
    )
  }
}
