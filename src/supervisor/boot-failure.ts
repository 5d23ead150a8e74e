/** Why a server has not started, as whoever started it reads it. */
import { TsrvError } from '../errors.ts'
import type { PlaceName } from './plan.ts'

export function bootFailure({ role, slot }: PlaceName, reason: string, cause: unknown): TsrvError {
  const process = role === 'http-worker' ? `HTTP worker ${slot}` : 'The task server'
  return new TsrvError('BOOT_FAILED', { process, reason }, { cause })
}

/** @param within milliseconds that the leader had */
export function leadsTooLate({ label }: { readonly label: string }, within: number): TsrvError {
  const process = `${label}, whose listeners of ServerStartEvent and LeaderStartEvent have not ended,`
  return new TsrvError('BOOT_TIMEOUT', { process, seconds: within / 1000 })
}
