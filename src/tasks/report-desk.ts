/**
 * Brings the reports of ended tasks to those who wait for them: the sender's line; if it is gone, the line of
 * its slot's successor; if none comes, the leader's. A report is kept until it has been received.
 */
import type { Channel } from '../wire/channel.ts'
import type { FromTaskServer, Sender, ToTaskServer } from '../wire/messages.ts'
import type { TaskFinish } from './task.ts'

/** Time a successor gets to say hello before the leader stands in. Booting takes a fraction of this. */
const SUCCESSOR_GRACE = 5000

export type SenderLine = Channel<FromTaskServer, ToTaskServer>

interface Report {
  readonly finish: TaskFinish
  /** Key of the sender. */
  readonly sender: string
  /** The line it was sent over and not yet received from. */
  line: SenderLine | undefined
  redelivered: boolean
  /** No successor came in time: any leader may have it. */
  isOverdue: boolean
}

/** The same key for a worker and its successor. */
export function senderKey({ kind, slot }: Sender): string {
  return `${kind}:${slot}`
}

export class ReportDesk {
  readonly #lines = new Map<string, SenderLine>()
  readonly #reports = new Map<number, Report>()
  readonly #graces = new Set<NodeJS.Timeout>()
  #leader: SenderLine | undefined

  /** Number of reports not yet received. */
  get open(): number {
    return this.#reports.size
  }

  lineOf(sender: string): SenderLine | undefined {
    return this.#lines.get(sender)
  }

  has(id: number): boolean {
    return this.#reports.has(id)
  }

  connect(sender: string, line: SenderLine): void {
    this.#lines.set(sender, line)
    for (const report of this.#reports.values()) {
      if (report.line === undefined && report.sender === sender) this.#send(report, line)
    }
  }

  lead(line: SenderLine): void {
    this.#leader = line
    for (const report of this.#reports.values()) {
      const isForLeader = report.isOverdue || isHeadless(report.sender)
      if (report.line === undefined && isForLeader) this.#send(report, line)
    }
  }

  disconnect(line: SenderLine): void {
    for (const [sender, one] of this.#lines) if (one === line) this.#lines.delete(sender)
    if (this.#leader === line) this.#leader = undefined
    for (const report of this.#reports.values()) {
      if (report.line !== line) continue
      report.line = undefined
      report.redelivered = true
      this.#deliver(report)
    }
  }

  add(finish: TaskFinish, sender: string): void {
    const report: Report = { finish, sender, line: undefined, redelivered: false, isOverdue: false }
    this.#reports.set(finish.id, report)
    this.#deliver(report)
  }

  /** Counts only from the line the report was sent over. */
  received(id: number, line: SenderLine): void {
    if (this.#reports.get(id)?.line === line) this.#reports.delete(id)
  }

  close(): void {
    for (const grace of this.#graces) clearTimeout(grace)
    this.#graces.clear()
  }

  #deliver(report: Report): void {
    const line = isHeadless(report.sender) ? this.#leader : this.#lines.get(report.sender)
    if (line !== undefined) this.#send(report, line)
    else if (!isHeadless(report.sender)) this.#awaitSuccessor(report)
  }

  #awaitSuccessor(report: Report): void {
    const grace = setTimeout(() => {
      this.#graces.delete(grace)
      if (report.line !== undefined || !this.#reports.has(report.finish.id)) return
      report.isOverdue = true
      if (this.#leader !== undefined) this.#send(report, this.#leader)
    }, SUCCESSOR_GRACE)
    grace.unref()
    this.#graces.add(grace)
  }

  #send(report: Report, line: SenderLine): void {
    const { id, meta, result } = report.finish
    report.line = line
    line.send({ type: 'finish', id, meta: { ...meta, redelivered: report.redelivered }, result })
  }
}

/** Senders other than HTTP workers have no finish listeners: their reports go to the leader. */
function isHeadless(sender: string): boolean {
  return !sender.startsWith('http:')
}
