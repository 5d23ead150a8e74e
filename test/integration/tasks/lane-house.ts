/** One lane with real threads that run the fixture `lanes`. */
import path from 'node:path'
import { loadConfig } from '../../../src/config/load.ts'
import { LaneDeath } from '../../../src/tasks/lanes/lane.ts'
import { ThreadLane } from '../../../src/tasks/lanes/thread-lane.ts'
import type { ThreadEnv } from '../../../src/tasks/lanes/task-thread.ts'
import { unpackError } from '../../../src/tasks/task-error.ts'
import { loadTaskModules } from '../../../src/tasks/task-modules.ts'
import type { Progress } from '../../../src/server.ts'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { NO_TAGS, type Tags } from '../../../src/wire/tags.ts'

const FIXTURE = path.resolve(import.meta.dirname, '../../fixtures/lanes')

export interface LaneOptions {
  /** `key.path=value`, as after `-o`. */
  readonly settings?: readonly string[]
  readonly env?: () => ThreadEnv
  /** Called before each boot; what it throws fails that boot. */
  readonly onBoot?: () => void
}

export class TestLane implements AsyncDisposable {
  readonly lane: ThreadLane
  /** Messages of `log.info` and the like, in order, with the ends of tasks among them. */
  readonly heard: string[] = []
  readonly progress: Progress[] = []
  readonly troubles: string[] = []
  /** How often there was room again. */
  offers = 0
  boots = 0
  #nextId = 1

  constructor(lane: (house: TestLane) => ThreadLane) {
    this.lane = lane(this)
  }

  async start(): Promise<void> {
    await this.lane.start({
      onRoom: () => this.offers++,
      onProgress: (_, progress) => this.progress.push(progress),
    })
  }

  /** @returns the task's value; rejects with its error, or with the LaneDeath */
  async run(deed: string, value = 0, tags: Tags = NO_TAGS): Promise<unknown> {
    return this.submit(deed, value, tags).value
  }

  submit(
    deed: string,
    value = 0,
    tags: Tags = NO_TAGS,
  ): { readonly id: number; readonly value: Promise<unknown> } {
    const id = this.#nextId++
    const data = encodePayload({ deed, value }, NO_TAGS)
    const answer = this.lane.run({ do: 'task', id, workerId: 0, attempt: 1, data })
    return {
      id,
      value: answer.then((answered) => {
        this.heard.push(`end of ${deed}`)
        if (!answered.ok) throw unpackError(answered.error, tags)
        return answered.result === undefined ? undefined : decodePayload(answered.result, NO_TAGS)
      }),
    }
  }

  /** How the lane died under the task. */
  death(deed: string, value = 0): Promise<LaneDeath> {
    return deathOf(this.run(deed, value))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lane.stop()
  }
}

export async function openLane({ settings = [], env, onBoot }: LaneOptions = {}): Promise<TestLane> {
  const { config } = await loadConfig({
    cwd: FIXTURE,
    command: 'start',
    flags: {},
    overrides: settings,
    env: {},
  })
  const house = new TestLane(
    (self) =>
      new ThreadLane({
        number: 0,
        bootTimeout: 20_000,
        lanes: () => 1,
        boot: async () => {
          self.boots++
          onBoot?.()
          const block = { first: 1, last: 1000 }
          return {
            config,
            lane: 0,
            generation: 1,
            workers: 2,
            workerId: 2,
            tasksSocket: '',
            ids: { block, reserve: block },
          }
        },
        ...(env !== undefined && { env }),
        attach: () => ({
          receive: (message) => {
            if (message.type === 'log') self.heard.push((JSON.parse(message.line) as { msg: string }).msg)
          },
          end: () => {},
        }),
        onTrouble: (error, message) => self.troubles.push(`${message}: ${(error as Error).message}`),
      }),
  )
  await house.start()
  return house
}

/** How the lane died under this task. */
export async function deathOf(task: Promise<unknown>): Promise<LaneDeath> {
  try {
    await task
  } catch (error) {
    if (error instanceof LaneDeath) return error
    throw error
  }
  throw new Error('the lane survived')
}

/** The classes of the fixture, as a sender knows them that loads the same modules. */
export async function fixtureTags(): Promise<Tags> {
  return (await loadTaskModules(['./errors.ts'], FIXTURE)).tags
}

/** Keeps this very thread from hearing anything. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
