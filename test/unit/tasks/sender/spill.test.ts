import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { Outbox } from '../../../../src/tasks/sender/outbox.ts'
import type { PendingTask } from '../../../../src/tasks/sender/pending.ts'
import { Spill, spillFolder, spillName, writerOf } from '../../../../src/tasks/sender/spill.ts'
import { readSpilled } from '../../../../src/tasks/task-server/spilled.ts'

let folder: string
let outbox: Outbox
let spill: Spill
beforeEach(() => {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-spill-'))
  folder = spillFolder(path.join(dir, 'tasks.db'))
  outbox = new Outbox({ tasks: 100, bytes: 1000 })
  const onTrouble = (error: unknown): never => {
    throw error
  }
  const sender = { kind: 'http', slot: 1, workerId: 1 } as const
  spill = new Spill({ folder, sender, client: 'one', outbox, onTrouble })
})
afterEach(() => rmSync(path.dirname(folder), { recursive: true }))

const task = (id: number, extra: Partial<PendingTask> = {}): PendingTask => ({
  id,
  data: new Uint8Array([id]),
  size: 1,
  name: 'object',
  createdAt: 1,
  wishes: undefined,
  watcher: undefined,
  attempt: 0,
  crashes: 0,
  isAccepted: false,
  isStarted: false,
  isCancelled: false,
  release: () => {},
  ...extra,
})

function write(...tasks: PendingTask[]): void {
  for (const one of tasks) if (outbox.get(one.id) === undefined) outbox.add(one)
  spill.write()
}

/** As if this process had ended. */
function die(): void {
  const { pid } = spawnSync(process.execPath, ['--version'])
  for (const name of readdirSync(folder))
    renameSync(path.join(folder, name), path.join(folder, spillName({ pid, startTime: 'x:1' }, name)))
}

const idsRead = (): number[] => readSpilled(folder).flatMap(({ tasks }) => tasks.map(({ task }) => task.id))

describe('tasks that no task server takes', () => {
  it('are read when their sender has died, with sender and data', () => {
    write(task(7, { wishes: { priority: 3 } }))
    write(task(7), task(8))
    die()
    const [file] = readSpilled(folder)
    assert.deepEqual(
      file?.tasks.map(({ task: { id, data, sender, client, priority } }) => [
        id,
        [...data],
        sender,
        client,
        priority,
      ]),
      [
        [7, [7], 'http:1', 'one', 3],
        [8, [8], 'http:1', 'one', 0],
      ],
    )
    file?.remove()
    assert.deepEqual(readdirSync(folder), [])
  })

  it('are left alone while their sender lives: it sends them itself', () => {
    write(task(7))
    assert.deepEqual(idsRead(), [])
    assert.equal(readdirSync(folder).length, 1)
  })

  it('are not written when a store has them, or nobody wants them', () => {
    write(task(1, { isAccepted: true }), task(2, { isCancelled: true }), task(3, { data: undefined }))
    assert.deepEqual(readSpilled(folder), [])
    write(task(4))
    die()
    assert.deepEqual(idsRead(), [4])
  })

  it('are gone once all are kept', () => {
    const [seven, eight] = [task(7), task(8)]
    write(seven, eight)
    outbox.accepted(seven, true)
    spill.tidy()
    assert.equal(readdirSync(folder).length, 1, 'not before')
    outbox.accepted(eight, true)
    spill.tidy()
    assert.deepEqual(readdirSync(folder), [])
    write(task(9))
    die()
    assert.deepEqual(idsRead(), [9])
  })

  it('are read up to the frame over which the sender died', () => {
    write(task(7), task(8))
    appendFileSync(path.join(folder, readdirSync(folder)[0] ?? ''), new Uint8Array([40, 0, 0, 0, 2, 9]))
    die()
    assert.deepEqual(idsRead(), [7, 8])
  })

  it('stand in files named after their writer; others are not touched', () => {
    const writer = { pid: 12, startTime: 'a-b:34 5' }
    assert.deepEqual(writerOf(spillName(writer, 'c')), writer)
    assert.equal(writerOf('.gitignore'), undefined)
  })
})
