/** Waiting for what a task returns, no longer than agreed. */
import { TsrvError } from '../../errors.ts'
import type { TaskHandle, TaskWaitOptions } from '../../server.ts'
import { withDeadline } from '../../util/deadline.ts'
import { requireDuration } from '../../util/duration.ts'

const DEFAULT_WAIT = 30_000

/** @throws TsrvError TSRV_TASK_OPTION_INVALID */
export function readWait({ timeout = DEFAULT_WAIT }: TaskWaitOptions): number {
  return timeout === Infinity ? timeout : requireDuration(timeout, 'taskWait', 'timeout')
}

/**
 * @param timeout milliseconds
 * @throws the error of the task; TsrvError TSRV_TASK_TIMEOUT
 */
export async function waitForValue<Result>(
  { id, done }: TaskHandle<Result>,
  timeout: number,
  onLate: (id: number) => void,
): Promise<Result> {
  const late = (): Error => new TsrvError('TASK_TIMEOUT', { id, timeout })
  const report = await withDeadline(done, timeout, late).catch((error: unknown) => {
    void done.then(() => onLate(id))
    throw error
  })
  if (report.error !== undefined) throw report.error
  return report.value as Result
}
