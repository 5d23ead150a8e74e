/** What became of every task a test sent, read off the line between its sender and the task server. */
import type { Channel } from '../wire/channel.ts'
import type { FromTaskServer, TaskMeta, TaskWishes, ToTaskServer } from '../wire/messages.ts'
import { decodePayload } from '../wire/payload.ts'
import type { Tags } from '../wire/tags.ts'

/** A task as the task worker will see it: its data has travelled. */
export interface SentTask {
  readonly id: number
  readonly data: unknown
  /** Name of the class or function, else `object`, `string` … */
  readonly name: string
  /** What was asked for; times in milliseconds. */
  readonly options: TaskWishes
  /** Milliseconds since 1970, by the clock of the test. */
  readonly createdAt: number
}

type Line = Channel<ToTaskServer, FromTaskServer>

export class SentTasks {
  readonly #tags: Tags
  readonly #onDuplicate: (id: number, of: number) => void
  readonly #all: SentTask[] = []
  readonly #open = new Map<number, SentTask>()
  readonly #started = new Set<number>()

  constructor(tags: Tags, onDuplicate: (id: number, of: number) => void) {
    this.#tags = tags
    this.#onDuplicate = onDuplicate
  }

  get all(): readonly SentTask[] {
    return [...this.#all]
  }

  /** Those whose end has not been handled yet. */
  get open(): readonly SentTask[] {
    return [...this.#open.values()]
  }

  /** Those that have not begun to run. */
  get queued(): readonly SentTask[] {
    return this.open.filter(({ id }) => !this.#started.has(id))
  }

  /** The same line, overheard. */
  overhear(line: Line): Line {
    return {
      get isOpen() {
        return line.isOpen
      },
      get isBlocked() {
        return line.isBlocked
      },
      flush: () => line.flush(),
      close: () => line.close(),
      send: (message) => {
        this.#goesOut(message)
        line.send(message)
      },
      listen: (handlers) => {
        const onMessage = (message: FromTaskServer): void => {
          this.#comesIn(message)
          handlers.onMessage(message)
        }
        line.listen({ onMessage, onClose: () => handlers.onClose() })
      },
    }
  }

  #goesOut(message: ToTaskServer): void {
    if (message.type === 'task')
      this.#open.set(message.id, this.#sent(message.id, message.meta, message.data))
    // Of a sync queue: it has ended already.
    if (message.type === 'ran') this.#sent(message.id, message.meta, message.data)
    // The listeners of its end have run.
    if (message.type === 'received') this.#open.delete(message.id)
  }

  #comesIn(message: FromTaskServer): void {
    if (message.type === 'started') this.#started.add(message.id)
    if (message.type !== 'duplicate') return
    this.#open.delete(message.id)
    this.#onDuplicate(message.id, message.of)
  }

  #sent(id: number, { name, wishes = {}, createdAt }: TaskMeta, bytes: Uint8Array): SentTask {
    const task = { id, data: decodePayload(bytes, this.#tags), name, options: wishes, createdAt }
    this.#all.push(task)
    return task
  }
}
