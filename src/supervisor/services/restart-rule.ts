/** Whether a service whose process has ended by itself is started again. The table is the specification. */
import type { RestartRule } from '../../config/service-list.ts'
import type { WorkerExit } from '../worker-handle.ts'

/** `clean`: exit code 0. A boot that fails, any other code and every signal are failures. */
export type ServiceEnd = 'clean' | 'failed'

const RESTARTED_AFTER = {
  always: ['clean', 'failed'],
  'on-failure': ['failed'],
  'no-error': ['clean'],
  no: [],
} as const satisfies Record<RestartRule, readonly ServiceEnd[]>

export function isRestarted(rule: RestartRule, end: ServiceEnd): boolean {
  return (RESTARTED_AFTER[rule] as readonly ServiceEnd[]).includes(end)
}

export function serviceEnd({ code, bootError }: Pick<WorkerExit, 'code' | 'bootError'>): ServiceEnd {
  return code === 0 && bootError === undefined ? 'clean' : 'failed'
}
