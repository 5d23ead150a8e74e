/**
 * Brings the reports of ended tasks to those who wait for them: the sender's line; if it is gone, the line of
 * its slot's successor; if none comes, the leader's. A report is kept until it has been received.
 */
import type { Channel } from '../../wire/channel.ts'
import type { FromTaskServer, Sender, ToTaskServer } from '../../wire/messages.ts'
import { MissedEnds } from './missed-ends.ts'
import type { TaskEnd } from '../task.ts'

/** Time a successor gets to say hello before the leader stands in. Booting takes a fraction of this. */
const SUCCESSOR_GRACE = 5000

export type SenderLine = Channel<FromTaskServer, ToTaskServer>

/** Who sent a task: the process or thread itself, and the place that a successor of it may fill. */
export interface ReportAddress {
  readonly client: string
  /** See `senderKey`. */
  readonly sender: string
}

interface Report extends ReportAddress {
  readonly id: number
  readonly end: TaskEnd
  /** The line it was sent over and not yet received from. */
  line: SenderLine | undefined
  /** The client it was sent to last. Another one after it cannot know whether that one has handled it. */
  triedBy: string | undefined
  redelivered: boolean
  /** No successor came in time: any leader may have it. */
  isOverdue: boolean
}

/** The same key for a worker and its successor. */
export function senderKey({ kind, slot }: Sender): string {
  return `${kind}:${slot}`
}

export class ReportDesk {
  /** Newest line of each place. */
  readonly #lines = new Map<string, SenderLine>()
  readonly #clientOf = new Map<SenderLine, string>()
  readonly #lineOfClient = new Map<string, SenderLine>()
  readonly #reports = new Map<number, Report>()
  readonly #missed = new MissedEnds()
  readonly #graces = new Set<NodeJS.Timeout>()
  #leader: SenderLine | undefined
  #hasSuccessors = true

  /** Number of reports not yet received. */
  get open(): number {
    return this.#reports.size
  }

  /** The sender itself, also when its successor is already there; else that successor. */
  lineOf({ client, sender }: ReportAddress): SenderLine | undefined {
    return this.#lineOfClient.get(client) ?? this.#lines.get(sender)
  }

  has(id: number): boolean {
    return this.#reports.has(id)
  }

  connect({ client, sender }: ReportAddress, line: SenderLine): void {
    this.#lines.set(sender, line)
    this.#clientOf.set(line, client)
    this.#lineOfClient.set(client, line)
    for (const { id, end } of this.#missed.of(client)) {
      line.send({ type: 'ended', id, meta: end.meta, result: end.result })
    }
    for (const report of this.#reports.values()) {
      const isForIt = report.sender === sender && !isHeadless(sender)
      if (report.line === undefined && isForIt) this.#send(report, line)
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
    const client = this.#clientOf.get(line)
    this.#clientOf.delete(line)
    if (client !== undefined && this.#lineOfClient.get(client) === line) this.#lineOfClient.delete(client)
    if (this.#leader === line) this.#leader = undefined
    for (const report of this.#reports.values()) {
      if (report.line !== line) continue
      report.line = undefined
      this.#deliver(report)
    }
  }

  /** The server stops: whoever has left has left for good, and the leader stands in at once. */
  expectNoSuccessors(): void {
    this.#hasSuccessors = false
    for (const report of this.#reports.values()) {
      if (report.line === undefined) this.#awaitSuccessor(report)
    }
  }

  /** `mayBeKnown`: a task server that is gone may have delivered it already. */
  add(id: number, end: TaskEnd, { client, sender }: ReportAddress, mayBeKnown = false): void {
    if (this.#reports.has(id)) return
    const report: Report = {
      id,
      end,
      client,
      sender,
      line: undefined,
      triedBy: undefined,
      redelivered: mayBeKnown,
      isOverdue: false,
    }
    this.#reports.set(id, report)
    this.#deliver(report)
  }

  /** Counts only from the line the report was sent over; true when it did. */
  received(id: number, line: SenderLine): boolean {
    return this.#reports.get(id)?.line === line && this.#reports.delete(id)
  }

  close(): void {
    for (const grace of this.#graces) clearTimeout(grace)
    this.#graces.clear()
  }

  #deliver(report: Report): void {
    const line = isHeadless(report.sender) ? this.#leader : this.lineOf(report)
    if (line !== undefined) this.#send(report, line)
    else if (!isHeadless(report.sender)) this.#awaitSuccessor(report)
  }

  #awaitSuccessor(report: Report): void {
    if (!this.#hasSuccessors) return this.#giveToLeader(report)
    const grace = setTimeout(() => {
      this.#graces.delete(grace)
      if (report.line === undefined && this.#reports.has(report.id)) this.#giveToLeader(report)
    }, SUCCESSOR_GRACE)
    grace.unref()
    this.#graces.add(grace)
  }

  #giveToLeader(report: Report): void {
    report.isOverdue = true
    if (this.#leader !== undefined) this.#send(report, this.#leader)
  }

  /** It may come back and wait for the end; a service whose line is up has heard of it. */
  #mayMiss({ sender, client }: Report): boolean {
    return !isHeadless(sender) || (sender.startsWith('service:') && !this.#lineOfClient.has(client))
  }

  #send(report: Report, line: SenderLine): void {
    const { id, end } = report
    const client = this.#clientOf.get(line)
    if (report.triedBy !== undefined && report.triedBy !== client) report.redelivered = true
    report.triedBy = client
    if (client === report.client) this.#missed.delete(id)
    else if (this.#mayMiss(report)) this.#missed.keep(report)
    report.line = line
    const meta = { ...end.meta, redelivered: report.redelivered }
    line.send({ type: 'finish', id, meta, result: end.result })
  }
}

/** Senders other than HTTP workers have no finish listeners: their reports go to the leader. */
export function isHeadless(sender: string): boolean {
  return !sender.startsWith('http:')
}
