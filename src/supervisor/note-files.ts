/** The files that HTTP workers note their requests in: open in both processes, and without a name from the start. */
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { devNull, tmpdir } from 'node:os'
import path from 'node:path'
import { NO_NOTE, NOTE_SIZE, readNote, type RequestNote } from '../wire/heartbeat.ts'

export class NoteFiles {
  /** Descriptors by the pid of the worker that writes there. */
  readonly #files = new Map<number, number>()

  /** Starts a process that gets the descriptor of a file of its own, until it ends. */
  lend(start: (fd: number) => ChildProcess): ChildProcess {
    const fd = open()
    try {
      const child = start(fd)
      const { pid } = child
      if (pid !== undefined) this.#files.set(pid, fd)
      // Without a pid there is no process, and 'error' is all that comes.
      child.once(pid === undefined ? 'error' : 'exit', () => {
        if (pid !== undefined) this.#files.delete(pid)
        closeSync(fd)
      })
      return child
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  read(pid: number): RequestNote {
    const fd = this.#files.get(pid)
    if (fd === undefined) return NO_NOTE
    const bytes = Buffer.alloc(NOTE_SIZE)
    return readNote(bytes.subarray(0, readSync(fd, bytes, 0, NOTE_SIZE, 0)))
  }
}

/** In memory where the system has that: a note must never wait for a disk. */
const FOLDERS = ['/dev/shm', tmpdir()]

function open(): number {
  for (const folder of FOLDERS) {
    const fd = openIn(folder)
    if (fd !== undefined) return fd
  }
  // The worker writes into nothing: nobody can tell what it was doing, and all else goes on.
  return openSync(devNull, 'r+')
}

function openIn(folder: string): number | undefined {
  const file = path.join(folder, `tsrv-note-${randomBytes(8).toString('hex')}`)
  try {
    const fd = openSync(file, 'wx+', 0o600)
    unlinkSync(file)
    // Its room is taken now: a worker that overwrites it cannot meet a full disk.
    writeSync(fd, Buffer.alloc(NOTE_SIZE))
    return fd
  } catch {
    return undefined
  }
}
