/** Whether a service whose process has ended by itself is started again. The table is the specification. */
import type { RestartRule } from '../../config/service-list.ts'
import type { WorkerExit } from '../worker-handle.ts'

/** `clean`: exit code 0. A boot that fails, any other code and every signal are failures. */
export type ServiceEnd = 'clean' | 'failed'

const RESTARTED_AFTER = {
  always: ['clean', 'failed'],
  'on-failure': ['failed'],
  'no-error': [],
  no: [],
} as const satisfies Record<RestartRule, readonly ServiceEnd[]>

export function isRestarted(rule: RestartRule, end: ServiceEnd): boolean {
  return (RESTARTED_AFTER[rule] as readonly ServiceEnd[]).includes(end)
}

/** Under `no-error`, the rule of php-task-manager for what may end in any way, no end is a failure. */
export function serviceEnd(
  rule: RestartRule,
  { code, bootError }: Pick<WorkerExit, 'code' | 'bootError'>,
): ServiceEnd {
  return rule === 'no-error' || (code === 0 && bootError === undefined) ? 'clean' : 'failed'
}
