/**
 * Which lane takes which task: any with room, but one with nothing in it for a task that must run alone, and those of
 * one queue only tasks of that.
 */
import type { Lane } from './lane.ts'

interface Load {
  tasks: number
  /** Of those: not handed to the lane yet, which still shows their room as free. */
  onTheWay: number
  /** Its one task runs alone. */
  isReserved: boolean
  /** More than one task has been in it since it was last empty. */
  wasShared: boolean
}

interface WantedLane {
  readonly queue?: string
  readonly onlyOwn?: boolean
}

export class LaneBoard {
  readonly #lanes: () => readonly Lane[]
  readonly #loads = new Map<Lane, Load>()

  constructor(lanes: () => readonly Lane[]) {
    this.#lanes = lanes
  }

  /** How many more tasks of any queue can be taken. */
  get room(): number {
    let room = 0
    for (const lane of this.#lanes()) if (lane.queue === undefined) room += this.#roomIn(lane)
    return room
  }

  /** How many more tasks of a queue can be taken by lanes that run no others; only queues for which there is room. */
  get ownRoom(): ReadonlyMap<string, number> {
    const rooms = new Map<string, number>()
    for (const lane of this.#lanes()) {
      const room = lane.queue === undefined ? 0 : this.#roomIn(lane)
      if (lane.queue !== undefined && room > 0) rooms.set(lane.queue, (rooms.get(lane.queue) ?? 0) + room)
    }
    return rooms
  }

  /** Number of lanes that run tasks of any queue. */
  get size(): number {
    return this.#lanes().filter(({ queue }) => queue === undefined).length
  }

  /**
   * Undefined when there is none now.
   *
   * @param wanted the queue of the task; `onlyOwn`: in a lane that runs no others
   */
  take(mustBeAlone: boolean, { queue, onlyOwn = false }: WantedLane = {}): Lane | undefined {
    const lane =
      (queue === undefined ? undefined : this.#emptiest(mustBeAlone, queue)) ??
      (onlyOwn ? undefined : this.#emptiest(mustBeAlone, undefined))
    if (lane === undefined) return undefined
    const load = this.#loads.get(lane)
    const tasks = (load?.tasks ?? 0) + 1
    const wasShared = load !== undefined && (load.wasShared || tasks > 1)
    const onTheWay = (load?.onTheWay ?? 0) + 1
    this.#loads.set(lane, { tasks, onTheWay, isReserved: mustBeAlone, wasShared })
    return lane
  }

  /** Of those with room the first one that has the fewest tasks: none shares a thread while another is idle. */
  #emptiest(mustBeAlone: boolean, queue: string | undefined): Lane | undefined {
    let emptiest: Lane | undefined
    let fewest = mustBeAlone ? 1 : Infinity
    for (const lane of this.#lanes()) {
      if (lane.queue !== queue) continue
      const tasks = this.#loads.get(lane)?.tasks ?? 0
      if (tasks >= fewest || this.#roomIn(lane) === 0) continue
      if (tasks === 0) return lane
      emptiest = lane
      fewest = tasks
    }
    return emptiest
  }

  /** A task has been handed to the lane. */
  entered(lane: Lane): void {
    const load = this.#loads.get(lane)
    if (load !== undefined) load.onTheWay--
  }

  isShared(lane: Lane): boolean {
    return this.#loads.get(lane)?.wasShared ?? false
  }

  leave(lane: Lane): void {
    const load = this.#loads.get(lane)
    if (load === undefined) return
    load.tasks--
    load.isReserved = false
    if (load.tasks === 0) this.#loads.delete(lane)
  }

  #roomIn(lane: Lane): number {
    const load = this.#loads.get(lane)
    if (load === undefined) return lane.room
    return load.isReserved ? 0 : Math.max(0, lane.room - load.onTheWay)
  }
}
