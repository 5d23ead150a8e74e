/**
 * The line to one service: opened with its first call, again after the service was replaced, and closed with the
 * process. A call that waits for the service to come up is kept; one that the service may have heard is not repeated.
 */
import { connect, type Socket } from 'node:net'
import { TsrvError } from '../../errors.ts'
import { backoff } from '../../util/backoff.ts'
import { withDeadline } from '../../util/deadline.ts'
import { decodePayload, encodePayload } from '../../wire/payload.ts'
import { callerCodec, type ServiceAnswer, type ServiceCall } from '../../wire/service-calls.ts'
import { SocketChannel } from '../../wire/socket-channel.ts'
import type { Tags } from '../../wire/tags.ts'
import { unpackError } from '../task-error.ts'

interface PendingCall {
  readonly call: ServiceCall
  readonly answer: PromiseWithResolvers<ServiceAnswer>
  isSent: boolean
}

const RETRY = { first: 5, longest: 250 }

export class ServiceLine {
  readonly #name: string
  readonly #path: string
  readonly #tags: Tags
  readonly #pending = new Map<number, PendingCall>()
  #socket: Socket | undefined
  #channel: SocketChannel<ServiceCall, ServiceAnswer> | undefined
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #calls = 0

  constructor(name: string, path: string, tags: Tags) {
    this.#name = name
    this.#path = path
    this.#tags = tags
  }

  /** @param timeout milliseconds for everything, the wait for a service that is not up included */
  async call(method: string, data: unknown, timeout: number): Promise<unknown> {
    const id = ++this.#calls
    const service = this.#name
    const call = { id, method, data: encodePayload(data, this.#tags) }
    const pending = { call, answer: Promise.withResolvers<ServiceAnswer>(), isSent: false }
    this.#pending.set(id, pending)
    // A call keeps the process alive, the line does not.
    this.#socket?.ref()
    this.#send(pending)
    if (this.#socket === undefined && this.#retry === undefined) this.#connect()
    try {
      const late = (): Error => new TsrvError('SERVICE_TIMEOUT', { service, method, timeout })
      const { ok, result } = await withDeadline(pending.answer.promise, timeout, late)
      if (!ok) throw unpackError(result, this.#tags)
      return decodePayload(result, this.#tags)
    } finally {
      this.#pending.delete(id)
      if (this.#pending.size === 0) this.#rest()
    }
  }

  #rest(): void {
    this.#socket?.unref()
    clearTimeout(this.#retry)
    this.#retry = undefined
  }

  #connect(): void {
    this.#retry = undefined
    const socket = connect(this.#path)
    this.#socket = socket
    socket.once('connect', () => {
      this.#failures = 0
      this.#channel = new SocketChannel(socket, callerCodec)
      this.#channel.listen({ onMessage: (answer) => this.#received(answer), onClose: () => {} })
      for (const pending of this.#pending.values()) this.#send(pending)
    })
    // An error is always followed by 'close', which is where the next try begins.
    socket.on('error', () => {})
    socket.once('close', () => this.#lost())
  }

  #send(pending: PendingCall): void {
    if (this.#channel === undefined || pending.isSent) return
    pending.isSent = true
    this.#channel.send(pending.call)
  }

  #received(answer: ServiceAnswer): void {
    this.#pending.get(answer.id)?.answer.resolve(answer)
  }

  #lost(): void {
    this.#socket = undefined
    this.#channel = undefined
    for (const { call, answer, isSent } of this.#pending.values()) {
      if (isSent) answer.reject(new TsrvError('SERVICE_LOST', { service: this.#name, method: call.method }))
    }
    const isAwaited = [...this.#pending.values()].some(({ isSent }) => !isSent)
    if (isAwaited) this.#retry = setTimeout(() => this.#connect(), backoff(++this.#failures, RETRY))
  }
}
