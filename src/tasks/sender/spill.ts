/**
 * Tasks that no task server could take yet, in a file of their sender: while the task server is being replaced, what
 * the sender has promised must outlive the sender too. Written in whole frames, as they would go over the line.
 */
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { type ProcessIdentity, startTimeOf } from '../../util/process-identity.ts'
import { FrameWriter } from '../../wire/frame.ts'
import type { Sender } from '../../wire/messages.ts'
import { senderCodec } from '../../wire/task-codec.ts'
import type { Outbox } from './outbox.ts'
import { metaOf, type PendingTask } from './pending.ts'

export interface SpillPlace {
  /** Made when it is needed. */
  readonly folder: string
  /** They cannot be written. */
  readonly onTrouble: (error: unknown) => void
}

export interface SpillOptions extends SpillPlace {
  readonly outbox: Outbox
  readonly sender: Sender
  readonly client: string
}

/** Beside the database that will take them. */
export function spillFolder(tasksFile: string): string {
  return `${tasksFile}-outbox`
}

/** A file is its writer's as long as that lives. */
export function spillName({ pid, startTime }: ProcessIdentity, client: string): string {
  return [pid, encodeURIComponent(startTime), client].join('~')
}

/** @returns undefined for a file of another kind */
export function writerOf(name: string): ProcessIdentity | undefined {
  const [pid, startTime, client] = name.split('~')
  if (startTime === undefined || client === undefined) return undefined
  return { pid: Number(pid), startTime: decodeURIComponent(startTime) }
}

export class Spill {
  readonly #options: SpillOptions
  readonly #written = new Set<number>()
  #isDue = false

  constructor(options: SpillOptions) {
    this.#options = options
  }

  /** Synchronous: when it returns, what has not been accepted is the kernel's. */
  write(): void {
    const { outbox, onTrouble } = this.#options
    const tasks = outbox.isAllAccepted ? [] : [...outbox.values()].filter((task) => this.#isMissing(task))
    if (tasks.length === 0) return
    try {
      this.#append(tasks)
    } catch (error) {
      onTrouble(error)
    }
  }

  /** The same at the end of this turn, for tasks that no response waits for. */
  writeSoon(isStillDue: () => boolean): void {
    if (this.#isDue) return
    this.#isDue = true
    process.nextTick(() => {
      this.#isDue = false
      if (isStillDue()) this.write()
    })
  }

  /** Once all are kept elsewhere. */
  tidy(): void {
    if (this.#written.size === 0 || !this.#options.outbox.isAllAccepted) return
    this.#written.clear()
    rmSync(this.#file(), { force: true })
  }

  #isMissing({ id, data, isAccepted, isCancelled }: PendingTask): boolean {
    return data !== undefined && !isAccepted && !isCancelled && !this.#written.has(id)
  }

  #append(tasks: readonly PendingTask[]): void {
    const { folder, sender, client } = this.#options
    const writer = new FrameWriter()
    senderCodec.encode({ type: 'hello', sender, client }, writer)
    for (const task of tasks) {
      const { id, data } = task
      if (data !== undefined) senderCodec.encode({ type: 'task', id, meta: metaOf(task), data }, writer)
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = openSync(this.#file(), 'a', 0o600)
    try {
      for (const bytes of writer.take()) writeAll(file, bytes)
    } finally {
      closeSync(file)
    }
    for (const { id } of tasks) this.#written.add(id)
  }

  #file(): string {
    const { folder, client } = this.#options
    const startTime = startTimeOf(process.pid) ?? ''
    return path.join(folder, spillName({ pid: process.pid, startTime }, client))
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}
