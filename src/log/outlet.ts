/** Where lines go. An outlet takes what it can now and never waits: for a reader, a terminal, or space on a disk. */
import { constants, openSync, closeSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'

export interface Outlet {
  /**
   * @returns how many of the bytes from `offset` on were taken; 0 when none can be now
   * @throws when nobody will ever read them
   */
  write(bytes: Buffer, offset: number): number
  close(): void
}

/** Standard output, or standard error. */
export function standardOutlet(fd: 1 | 2): Outlet {
  const own = isatty(fd) ? openTerminal(fd) : undefined
  // Node puts a pipe into non-blocking mode when it makes this stream.
  if (own === undefined) void (fd === 1 ? process.stdout : process.stderr)
  let target = own ?? fd
  return {
    write: (bytes, offset) => writeSome(target, bytes, offset),
    close: () => {
      target = fd
      if (own !== undefined) closeSync(own)
    },
  }
}

/**
 * A terminal held with Ctrl+S takes nothing. The mode of our descriptor is shared with the shell and its other programs;
 * one that is opened anew is ours alone.
 */
function openTerminal(fd: 1 | 2): number | undefined {
  const terminal = process.platform === 'linux' ? `/proc/self/fd/${fd}` : '/dev/tty'
  try {
    return openSync(terminal, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch {
    // It may be another user's, after `su`: then writes wait, as those of most programs do.
    return undefined
  }
}

/** As `fs.writeSync`, but 0 when nothing can be taken now. */
export function writeSome(fd: number, bytes: Buffer, offset: number): number {
  try {
    return writeSync(fd, bytes, offset)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAGAIN' || code === 'EINTR') return 0
    throw error
  }
}
