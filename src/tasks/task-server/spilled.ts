/** Reads what senders have left in files (`spill.ts`): the tasks of those that died before a task server took them. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from '../../server.ts'
import { isSameProcess } from '../../util/process-identity.ts'
import { FrameParser } from '../../wire/frame.ts'
import { taskServerCodec } from '../../wire/task-codec.ts'
import type { NewTask } from '../broker.ts'
import { arrivalOf, type Origin } from './intake.ts'
import { senderKey } from './report-desk.ts'
import { writerOf } from '../sender/spill.ts'
import type { TaskLog } from '../task-log.ts'

export interface SpilledFile {
  readonly tasks: readonly NewTask[]
  /** Call it when all of them are kept. */
  readonly remove: () => void
}

export interface SpilledTakers {
  readonly taskLog: TaskLog
  /** Resolves with whether the tasks are kept. */
  readonly keep: (tasks: readonly NewTask[]) => Promise<boolean>
  readonly log: Logger
}

/** Takes in the tasks of all files. Those with a record were kept already: their sender died before it heard so. */
export async function takeInSpilled(folder: string, { taskLog, keep, log }: SpilledTakers): Promise<void> {
  try {
    for (const { tasks, remove } of readSpilled(folder)) {
      const records = await Promise.all(tasks.map(({ task }) => taskLog.get(task.id)))
      const unknown = tasks.filter((_, index) => records[index] === undefined)
      if (unknown.length > 0 && !(await keep(unknown))) return
      remove()
      if (unknown.length > 0) log.info({ tasks: unknown.length }, 'Took in tasks whose sender had died')
    }
  } catch (error) {
    log.error({ err: error }, 'Tasks whose sender had died cannot be taken in; the next start tries again')
  }
}

/** The files of all senders that are gone; the others send everything again themselves. */
export function readSpilled(folder: string): SpilledFile[] {
  return namesIn(folder)
    .filter((name) => {
      const writer = writerOf(name)
      return writer !== undefined && !isSameProcess(writer)
    })
    .map((name) => {
      const file = path.join(folder, name)
      return { tasks: parse(readFileSync(file)), remove: () => rmSync(file, { force: true }) }
    })
}

/** A frame whose writer died over it is no promise: no answer had left. */
function parse(bytes: Buffer): NewTask[] {
  const tasks: NewTask[] = []
  let origin: Origin | undefined
  const parser = new FrameParser((type, id, payload) => {
    const message = taskServerCodec.decode(type, id, payload)
    if (message.type === 'hello') {
      const { client, sender } = message
      origin = { client, sender: senderKey(sender), workerId: sender.workerId }
    } else if (message.type === 'task' && origin !== undefined) {
      tasks.push(arrivalOf(message.id, message.meta, message.data, origin))
    }
  })
  parser.push(bytes)
  return tasks
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
