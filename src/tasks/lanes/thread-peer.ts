/** What a task worker thread reaches in the task server's process: the log, task ids, and the task server itself. */
import type { ProcessLog } from '../../log/process-log.ts'
import type { Loaded } from '../../wire/loaded.ts'
import type { FromTaskServer, IdRange, IdRangeKind, ToTaskServer } from '../../wire/messages.ts'
import { PortChannel } from '../../wire/port-channel.ts'
import type { FromThread, ToThread } from '../../wire/thread-messages.ts'
import type { ThreadPeer } from './task-thread.ts'

export interface ThreadSurroundings {
  readonly log: Pick<ProcessLog, 'writeLine'>
  readonly takeIds: (kind: IdRangeKind) => Promise<IdRange>
  /** Serves the thread as a sender of tasks. */
  readonly connect: (line: PortChannel<FromTaskServer, ToTaskServer>) => void
  /** A task that the thread has sent is stored. */
  readonly onAccepted?: () => void
  /** It tells which files it has loaded. */
  readonly onLoaded?: (loaded: Loaded) => void
}

export function threadPeer(
  { log, takeIds, connect, onAccepted, onLoaded }: ThreadSurroundings,
  post: (message: ToThread) => void,
): ThreadPeer {
  const line = new PortChannel<FromTaskServer, ToTaskServer>((message) => {
    post({ type: 'sender', message })
    if (message.type === 'accepted') onAccepted?.()
  })
  connect(line)
  return {
    receive(message: FromThread): void {
      switch (message.type) {
        case 'log':
          return log.writeLine(message.line)
        case 'loaded':
          return onLoaded?.(message)
        case 'ids?': {
          const { kind, request } = message
          return void takeIds(kind).then((range) => post({ type: 'ids', range, request }))
        }
        case 'sender':
          return line.receive(message.message)
        case 'progress':
          return
        default:
          return message satisfies never
      }
    },
    end: () => line.close(),
  }
}
