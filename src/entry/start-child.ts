/** Starts the process of a place: its environment, its options of Node, the descriptors it inherits. */
import type { ChildProcess } from 'node:child_process'
import type { RunDirectory } from '../control/run-directory.ts'
import type { ProcessLog } from '../log/process-log.ts'
import { heapOption } from '../supervisor/heap-option.ts'
import type { Launch } from '../supervisor/launch.ts'
import type { NoteFiles } from '../supervisor/note-files.ts'
import type { Slots } from '../supervisor/slots.ts'
import { spawn } from '../supervisor/spawn.ts'
import type { Place } from '../supervisor/worker-handle.ts'
import { memoryLimit } from '../util/memory-limit.ts'

interface ChildSurroundings {
  readonly paths: Pick<RunDirectory, 'cacheDir'>
  /** Of the address where workers of the launch listen. */
  readonly slots: Pick<Slots, 'fd'>
  readonly notes: NoteFiles
  readonly log: Pick<ProcessLog, 'output'>
}

export function startChild(
  { role, slot, name }: Place,
  launch: Launch,
  { paths, slots, notes, log }: ChildSurroundings,
): ChildProcess {
  const { services, processes } = launch.config
  const { execArgv } = processes
  const output = log.output()
  // One that the environment names counts: several servers may share what they have compiled.
  const common = { NODE_COMPILE_CACHE: paths.cacheDir, ...launch.env }
  if (role === 'http-worker') {
    const options = httpWorkerOptions(launch)
    return notes.lend((note) => {
      const fds = [slots.fd(slot), note]
      return spawn(role, { env: common, execArgv: options, output, fds })
    })
  }
  if (role === 'service') {
    const own = services.find((service) => service.name === name)?.env
    return spawn(role, { env: { ...common, ...own }, execArgv, output })
  }
  // All threads of a process share libuv's pool: with the default of 4, four busy tasks stall every file read.
  const poolSize = launch.env['UV_THREADPOOL_SIZE'] ?? String(Math.max(8, 4 + 2 * launch.taskWorkers))
  return spawn(role, { env: { ...common, UV_THREADPOOL_SIZE: poolSize }, execArgv, output })
}

/** Of Node, for HTTP workers. */
export function httpWorkerOptions(launch: Launch): readonly string[] {
  return [...heapOption(launch, memoryLimit()), ...launch.config.processes.execArgv]
}
