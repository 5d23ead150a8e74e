/**
 * The channel to a stand-in. Node closes all descriptors but the first three when it is replaced by another program, so
 * the channel gets the place of standard input, by which alone the successor finds the stand-in and the sockets.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, closeSync, constants, fstatSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'
import { TsrvError } from '../errors.ts'
import type { StandInLine } from '../supervisor/stand-in-handle.ts'
import type { FromStandIn, ToStandIn } from '../wire/stand-in.ts'
import { argumentsAs } from './own-program.ts'
import { isInTerminal } from './stop-signals.ts'

/**
 * Starts a stand-in that inherits the sockets.
 *
 * @param output its standard output and standard error; default: those of this process
 * @throws TsrvError TSRV_RESTART_FAILED when this process cannot do that
 */
export function openStandIn(sockets: readonly number[], output?: number): StandInLine {
  const restore = freeStandardInput()
  const child = start(sockets, output ?? 'inherit')
  child.once('disconnect', restore)
  // Emitted instead of everything else when there is no process at all.
  child.once('error', () => child.disconnect())
  if (!isChannelInPlace()) {
    child.disconnect()
    throw new TsrvError('RESTART_FAILED', { reason: 'the channel to the new processes has no lasting place' })
  }
  return lineOver(child)
}

/** The channel to the stand-in of the supervisor that this process was before. */
export function inheritedLine(): StandInLine {
  process.once('disconnect', () => fillStandardInput(isInTerminal()))
  return lineOver(process)
}

/**
 * Through a shell that ends at once: who is no child of this process needs nobody here to wait for it, which the
 * successor could not do.
 */
function start(sockets: readonly number[], out: number | 'inherit'): ChildProcess {
  const program = [process.execPath, ...argumentsAs('--stand-in')]
  const [command = '', ...parameters] = isExecutable(SHELL)
    ? [SHELL, '-c', '"$@" &', 'tsrv', ...program]
    : program
  return spawn(command, parameters, { stdio: ['ignore', out, out, 'ipc', ...sockets] })
}

const SHELL = '/bin/sh'

/** The lowest free descriptor is what the next one gets. */
function freeStandardInput(): () => void {
  const isTerminal = isatty(0)
  closeSync(0)
  return () => fillStandardInput(isTerminal)
}

/**
 * libuv never closes the first three descriptors, so the channel has to be closed here. Nothing else must get the number
 * then: who reads standard input would read that.
 */
function fillStandardInput(isTerminal: boolean): void {
  if (isChannelInPlace()) closeSync(0)
  const opened = openFirst(isTerminal ? ['/dev/tty', '/dev/null'] : ['/dev/null'])
  if (opened !== undefined && opened !== 0) closeSync(opened)
}

function openFirst(files: readonly string[]): number | undefined {
  for (const file of files) {
    try {
      return openSync(file, 'r')
    } catch {
      // The terminal may be gone.
    }
  }
  return undefined
}

function isChannelInPlace(): boolean {
  try {
    return fstatSync(0).isSocket()
  } catch {
    return false
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

type Channel = Pick<NodeJS.Process | ChildProcess, 'connected'> & {
  send?(message: ToStandIn, callback: (error: Error | null) => void): boolean
  on(event: 'message', handle: (message: unknown, socket: unknown) => void): unknown
  once(event: 'disconnect', handle: () => void): unknown
  disconnect?(): void
}

function lineOver(channel: Channel): StandInLine {
  return {
    // One that is gone is known by the end of the channel, not by a failing message.
    send: (message) => void (channel.connected && channel.send?.(message, () => {})),
    onMessage: (handle) => {
      channel.on('message', (message, socket) => handle(message as FromStandIn, socket))
    },
    onClosed: (handle) => void (channel.connected ? channel.once('disconnect', handle) : handle()),
    close: () => void (channel.connected && channel.disconnect?.()),
  }
}
