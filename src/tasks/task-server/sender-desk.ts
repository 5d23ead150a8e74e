/** Serves the lines of senders: who is there, the tasks they bring, what else they say. */
import { randomUUID } from 'node:crypto'
import type { Logger } from '../../server.ts'
import type { ToTaskServer } from '../../wire/messages.ts'
import type { Broker } from '../broker.ts'
import { arrivalOf, type Intake, type Origin } from './intake.ts'
import type { Receipts } from './receipts.ts'
import { type ReportDesk, senderKey, type SenderLine } from './report-desk.ts'
import type { LogBook } from './log-book.ts'

export interface SenderDeskOptions {
  readonly broker: Pick<Broker, 'capabilities'>
  readonly reports: ReportDesk
  readonly intake: Intake
  readonly receipts: Receipts
  readonly book: LogBook
  /** Resolves with whether there was a task to cancel. */
  readonly cancel: (id: number) => Promise<boolean>
  readonly log: Logger
  /** Somebody may stand in for a sender that died while no task server was there. */
  readonly onHello: () => void
  readonly onReceived: () => void
}

export class SenderDesk {
  /** A sender that knows another one sends again what that one may have lost. */
  readonly #server = randomUUID()
  readonly #options: SenderDeskOptions

  constructor(options: SenderDeskOptions) {
    this.#options = options
  }

  /** Serves a sender until its line closes. */
  connect(line: SenderLine): void {
    const { reports, broker, onHello } = this.#options
    let origin: Origin | undefined
    line.listen({
      onMessage: (message) => {
        if (message.type === 'hello') {
          const { client, sender: from } = message
          origin = { client, sender: senderKey(from), workerId: from.workerId }
          // The ends first: at the welcome a sender sends again what it takes for open.
          reports.connect(origin, line)
          line.send({ type: 'welcome', server: this.#server, durable: broker.capabilities.durable })
          onHello()
        } else if (origin !== undefined) {
          this.#receive(message, origin, line)
        }
      },
      onClose: () => reports.disconnect(line),
    })
  }

  #receive(message: ToTaskServer, origin: Origin, line: SenderLine): void {
    const { reports, intake, receipts, book, onReceived } = this.#options
    switch (message.type) {
      case 'task': {
        const { id, meta, data } = message
        return intake.add({ task: arrivalOf(id, meta, data, origin), line })
      }
      case 'ran': {
        const { id, meta, data, end, result } = message
        return book.ran(arrivalOf(id, meta, data, origin).task, end, result)
      }
      case 'cancel':
        return void this.#answerCancel(message.id, line)
      case 'received':
        if (reports.received(message.id, line)) receipts.add(message.id)
        return onReceived()
      case 'leader':
        return reports.lead(line)
      case 'hello':
        return
      default:
        return message satisfies never
    }
  }

  async #answerCancel(id: number, line: SenderLine): Promise<void> {
    const { cancel, log } = this.#options
    const found = await cancel(id).catch((error: unknown) => {
      log.error({ err: error, taskId: id }, 'A task could not be cancelled')
      return false
    })
    line.send({ type: 'cancelling', id, found })
  }
}
