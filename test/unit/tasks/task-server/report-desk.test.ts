/** Ends of tasks that services sent: the leader has the reports, the services themselves hear of the ends. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ReportDesk, type SenderLine } from '../../../../src/tasks/task-server/report-desk.ts'
import type { TaskEnd } from '../../../../src/tasks/task.ts'
import type { FromTaskServer } from '../../../../src/wire/messages.ts'

const END: TaskEnd = {
  state: 'completed',
  result: new Uint8Array(1),
  meta: { failed: false, attempt: 1, duration: 1, redelivered: false, workerId: 0 },
}
const HTTP = { client: 'worker', sender: 'http:0' }
const SERVICE = { client: 'mailbox', sender: 'service:0' }

function line(): { readonly line: SenderLine; readonly sent: string[] } {
  const sent: string[] = []
  const send = (message: FromTaskServer): void => void sent.push(message.type)
  return { sent, line: { send } as unknown as SenderLine }
}

function deskWithLeader(): { readonly desk: ReportDesk; readonly leader: ReturnType<typeof line> } {
  const [desk, leader] = [new ReportDesk(), line()]
  desk.connect(HTTP, leader.line)
  desk.lead(leader.line)
  return { desk, leader }
}

describe('the report of a task that a service sent', () => {
  it('goes to the leader, and its end to the service when that comes back', () => {
    const { desk, leader } = deskWithLeader()
    const [before, after] = [line(), line()]
    desk.connect(SERVICE, before.line)
    desk.disconnect(before.line)
    desk.add(7, END, SERVICE)
    desk.connect(SERVICE, after.line)
    assert.deepEqual([leader.sent, after.sent], [['finish'], ['ended']])
    desk.close()
  })

  it('is not kept for a service that is there, nor for one that is another process', () => {
    const { desk } = deskWithLeader()
    const [there, again, other] = [line(), line(), line()]
    desk.connect(SERVICE, there.line)
    desk.add(7, END, SERVICE)
    desk.disconnect(there.line)
    desk.add(8, END, SERVICE)
    desk.connect({ ...SERVICE, client: 'another' }, other.line)
    desk.connect(SERVICE, again.line)
    assert.deepEqual([other.sent, again.sent], [[], ['ended']])
    desk.close()
  })
})
