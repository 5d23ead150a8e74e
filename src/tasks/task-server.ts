/**
 * Owns the queue and the lanes: takes tasks from senders, runs exactly one per lane in the order they came, and
 * hands each report to the desk. It knows channels and lanes, neither sockets nor threads.
 */
import { randomUUID } from 'node:crypto'
import { errorToWire, TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import type { Progress, TaskMeta, TaskStats, ThreadAnswer, ToTaskServer } from '../wire/messages.ts'
import { encodePayload } from '../wire/payload.ts'
import { NO_TAGS } from '../wire/tags.ts'
import type { Broker } from './broker.ts'
import type { Lane, LaneEvents } from './lanes/lane.ts'
import { type ReportAddress, ReportDesk, senderKey, type SenderLine } from './report-desk.ts'
import type { StoredTask } from './task.ts'

export interface TaskServerOptions {
  readonly broker: Broker
  readonly log: Logger
  /** A task whose lane died under it this often is given up. */
  readonly maxCrashes: number
}

interface RunningTask {
  readonly task: StoredTask
  readonly lane: Lane
  isCancelled: boolean
}

interface ConnectedSender extends ReportAddress {
  readonly workerId: number
}

export class TaskServer {
  readonly #name = randomUUID()
  readonly #broker: Broker
  readonly #lanes: Lane[] = []
  readonly #log: Logger
  readonly #maxCrashes: number
  readonly #desk = new ReportDesk()
  readonly #running = new Map<number, RunningTask>()
  readonly #laneEvents: LaneEvents = {
    onIdle: () => this.#pump(),
    onProgress: (id, progress) => this.#progress(id, progress),
  }
  #finished = 0
  #failed = 0
  #isDraining = false
  #onQuiet: (() => void) | undefined

  constructor(options: TaskServerOptions) {
    this.#broker = options.broker
    this.#log = options.log
    this.#maxCrashes = options.maxCrashes
  }

  /**
   * Gives every lane new code, one after the other, and the server `count` lanes; also how the first lanes come to
   * be. Tasks that run stay where they are.
   *
   * @throws the reason of the first boot that fails; the lanes from that one on keep their old code
   */
  async setLanes(count: number, make: (number: number) => Lane): Promise<void> {
    for (const lane of this.#lanes.slice(0, count)) await lane.replace()
    const added = Array.from({ length: count - this.#lanes.length }, (_, index) =>
      make(this.#lanes.length + index),
    )
    try {
      await Promise.all(added.map((lane) => lane.start(this.#laneEvents)))
    } catch (error) {
      await Promise.all(added.map((lane) => lane.stop()))
      throw error
    }
    this.#lanes.push(...added)
    for (const lane of this.#lanes.splice(count)) void lane.retire()
    this.#pump()
  }

  /** Serves a sender until its line closes. */
  connect(line: SenderLine): void {
    let sender: ConnectedSender | undefined
    line.listen({
      onMessage: (message) => {
        if (message.type === 'hello') {
          const { client, sender: from } = message
          sender = { client, sender: senderKey(from), workerId: from.workerId }
          line.send({ type: 'welcome', server: this.#name })
          this.#desk.connect(sender, line)
        } else if (sender !== undefined) {
          this.#receive(message, sender, line)
        }
      },
      onClose: () => this.#desk.disconnect(line),
    })
  }

  stats(): TaskStats {
    return {
      workers: this.#lanes.length,
      queued: this.#broker.size,
      running: this.#running.size,
      finished: this.#finished,
      failed: this.#failed,
      lanes: this.#lanes.map((lane) => {
        const taskId = this.#taskIn(lane)
        return { lane: lane.number, state: lane.state, ...(taskId !== undefined && { taskId }) }
      }),
    }
  }

  /**
   * Runs what waits and delivers what has ended, until nothing is left or `signal` aborts.
   *
   * @returns how many tasks were left behind
   */
  async drain(signal: AbortSignal): Promise<number> {
    this.#isDraining = true
    this.#desk.expectNoSuccessors()
    if (!this.#isQuiet() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#onQuiet = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    return this.#broker.size + this.#running.size
  }

  async stop(): Promise<void> {
    this.#desk.close()
    await Promise.all(this.#lanes.map((lane) => lane.stop()))
  }

  #receive(message: ToTaskServer, sender: ConnectedSender, line: SenderLine): void {
    switch (message.type) {
      case 'task':
        return this.#accept(message.id, message.meta, message.data, sender, line)
      case 'cancel':
        return this.#cancel(message.id)
      case 'received':
        this.#desk.received(message.id, line)
        return this.#checkQuiet()
      case 'leader':
        return this.#desk.lead(line)
      case 'hello':
        return
      default:
        return message satisfies never
    }
  }

  #accept(
    id: number,
    { attempt, crashes, watched }: TaskMeta,
    data: Uint8Array,
    sender: ConnectedSender,
    line: SenderLine,
  ): void {
    line.send({ type: 'accepted', id })
    // A sender that lost its line sends again what may have got lost; what is known here has not. That it runs
    // the sender may not have heard.
    if (this.#running.has(id)) return line.send({ type: 'started', id })
    if (this.#desk.has(id) || this.#broker.has(id)) return
    this.#broker.push({ id, data, ...sender, watched, attempt, crashes })
    this.#pump()
  }

  /** Gives waiting tasks to idle lanes. */
  #pump(): void {
    const starting: RunningTask[] = []
    for (const lane of this.#lanes) {
      if (lane.state !== 'idle' || this.#taskIn(lane) !== undefined) continue
      const task = this.#broker.take()
      if (task === undefined) break
      const running = { task, lane, isCancelled: false }
      this.#running.set(task.id, running)
      starting.push(running)
      this.#desk.lineOf(task)?.send({ type: 'started', id: task.id })
    }
    // The senders must know what runs before it can take this process down with it: count, then run.
    for (const { task } of starting) this.#desk.lineOf(task)?.flush()
    for (const running of starting) void this.#run(running)
    this.#checkQuiet()
  }

  async #run(running: RunningTask): Promise<void> {
    const { task, lane } = running
    const { id, workerId, attempt, data } = task
    let answer: ThreadAnswer
    try {
      answer = await lane.run({ do: 'task', id, workerId, attempt, data })
    } catch (error) {
      this.#running.delete(id)
      this.#crashed(running, error)
      return this.#pump()
    }
    this.#running.delete(id)
    this.#end(task, answer)
    this.#pump()
  }

  #end(task: StoredTask, answer: ThreadAnswer): void {
    if (answer.ok) this.#finished++
    else this.#failed++
    const { attempt, workerId } = task
    const duration = answer.duration
    const meta = { failed: !answer.ok, attempt, duration, redelivered: false, workerId }
    const result = answer.ok ? (answer.result ?? UNDEFINED) : answer.error
    // A task worker has no finish listeners, but its code may wait for the task: it hears of the end, the leader
    // gets the report.
    if (task.sender.startsWith('task-worker:')) {
      this.#desk.lineOf(task)?.send({ type: 'finish', id: task.id, meta, result })
    }
    this.#desk.add({ id: task.id, meta, result }, task)
  }

  #crashed({ task, isCancelled }: RunningTask, error: unknown): void {
    const crashes = task.crashes + 1
    const reason = error instanceof Error ? error.message : String(error)
    this.#log.error(
      { taskId: task.id, attempt: task.attempt, crashes, reason },
      'Task worker died while it ran a task',
    )
    if (isCancelled) {
      this.#fail(task, new TsrvError('TASK_CANCELLED', { id: task.id }))
    } else if (crashes < this.#maxCrashes) {
      this.#broker.putBack({ ...task, crashes, attempt: task.attempt + 1 })
    } else {
      this.#fail(task, new TsrvError('TASK_CRASHED', { id: task.id, crashes, reason }))
    }
  }

  #fail(task: StoredTask, error: TsrvError): void {
    this.#end(task, { ok: false, error: encodePayload(errorToWire(error), NO_TAGS), duration: 0 })
  }

  #cancel(id: number): void {
    const error = new TsrvError('TASK_CANCELLED', { id })
    const waiting = this.#broker.remove(id)
    if (waiting !== undefined) return this.#fail(waiting, error)
    const running = this.#running.get(id)
    if (running === undefined) return
    running.isCancelled = true
    running.lane.abort(id, errorToWire(error))
  }

  #progress(id: number, progress: Progress): void {
    const task = this.#running.get(id)?.task
    if (task?.watched === true) this.#desk.lineOf(task)?.send({ type: 'progress', id, progress })
  }

  #taskIn(lane: Lane): number | undefined {
    for (const [id, running] of this.#running) if (running.lane === lane) return id
    return undefined
  }

  #isQuiet(): boolean {
    return this.#broker.size === 0 && this.#running.size === 0 && this.#desk.open === 0
  }

  #checkQuiet(): void {
    if (this.#isDraining && this.#isQuiet()) this.#onQuiet?.()
  }
}

const UNDEFINED = encodePayload(undefined, NO_TAGS)
