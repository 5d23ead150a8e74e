/** A child process that does what the test says: the supervisor's end of one, without a process. */
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { errorToWire } from '../../../src/wire/error-report.ts'
import type { Config } from '../../../src/config/config.ts'
import type { FromChild, ToChild } from '../../../src/wire/messages.ts'

// Above any pid_max: nobody is there, so nothing is read of a stranger's process.
let lastPid = 5_000_000

export class FakeChild extends EventEmitter {
  readonly pid: number | undefined
  readonly sent: ToChild<Config>[] = []
  readonly killed: string[] = []
  connected = true
  /** Whether SIGKILL ends it, soon. */
  isKillable = true

  /** @param isBorn whether there is a process at all */
  constructor(isBorn = true) {
    super()
    this.pid = isBorn ? lastPid++ : undefined
  }

  get process(): ChildProcess {
    return this as unknown as ChildProcess
  }

  /** Types of the messages it got, in order. */
  get orders(): string[] {
    return this.sent.map((message) => message.type)
  }

  /** With a socket and its options in the middle, or without. */
  send(message: ToChild<Config>, ...rest: unknown[]): boolean {
    this.sent.push(message)
    const done = rest.at(-1) as (error: Error | null) => void
    queueMicrotask(() => done(null))
    return true
  }

  kill(signal: string): boolean {
    this.killed.push(signal)
    if (this.isKillable) queueMicrotask(() => this.exit(null, 'SIGKILL'))
    return true
  }

  says(message: FromChild): void {
    this.emit('message', message)
  }

  ready(): void {
    this.says({ type: 'ready' })
  }

  failsBoot(error: Error): void {
    this.says({ type: 'boot-failed', error: errorToWire(error) })
    this.exit(1)
  }

  exit(code: number | null, signal: NodeJS.Signals | null = null): void {
    if (!this.connected) return
    this.connected = false
    this.emit('exit', code, signal)
  }
}
