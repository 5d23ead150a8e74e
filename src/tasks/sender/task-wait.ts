/** Waiting for what a task returns, no longer than agreed. */
import { TsrvError } from '../../errors.ts'
import type { TaskHandle, TaskWaitOptions } from '../../server.ts'
import { withDeadline } from '../../util/deadline.ts'

const DEFAULT_WAIT = 30_000

/**
 * @param onLate the task has ended after its time
 * @throws the error of the task; TsrvError TSRV_TASK_TIMEOUT
 */
export async function waitForValue<Result>(
  { id, done }: TaskHandle<Result>,
  { timeout = DEFAULT_WAIT }: TaskWaitOptions,
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
