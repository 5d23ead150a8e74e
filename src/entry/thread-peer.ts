/** What a task worker thread reaches in the task server's process: the log, task ids, and the task server itself. */
import type { ProcessLog } from '../log/process-log.ts'
import type { ThreadPeer } from '../tasks/lanes/task-thread.ts'
import type { FromTaskServer, ToTaskServer } from '../wire/messages.ts'
import type { FromThread, ToThread } from '../wire/thread-messages.ts'
import { PortChannel } from '../wire/port-channel.ts'
import type { SupervisorLink } from './supervisor-link.ts'

export interface ThreadSurroundings {
  readonly link: SupervisorLink
  readonly log: ProcessLog
  /** Serves the thread as a sender of tasks. */
  readonly connect: (line: PortChannel<FromTaskServer, ToTaskServer>) => void
}

export function threadPeer(
  { link, log, connect }: ThreadSurroundings,
  post: (message: ToThread) => void,
): ThreadPeer {
  const line = new PortChannel<FromTaskServer, ToTaskServer>((message) => post({ type: 'sender', message }))
  connect(line)
  return {
    receive(message: FromThread): void {
      switch (message.type) {
        case 'log':
          return log.writeLine(message.line)
        case 'loaded':
          return void link.send(message)
        case 'ids?': {
          const { kind, request } = message
          return void link.requestIds(kind).then((range) => post({ type: 'ids', range, request }))
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
