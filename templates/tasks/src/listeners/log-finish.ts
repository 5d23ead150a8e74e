// Runs in the HTTP worker that sent the task, once the task has ended.
import type { TaskFinishEvent } from '@tsrv/server'

export default function logFinish({ server, taskId, duration, data, error }: TaskFinishEvent): void {
  if (error === undefined)
    server.log.info({ mail: data }, `Task #${taskId} finished in ${duration.toFixed(1)} ms`)
  else server.log.error({ err: error }, `Task #${taskId} failed`)
}
