/** Lines of a log file as their reader wants them: readable on a terminal, untouched for a program. */
import { escapePretty } from '../../log/escape.ts'
import { prettyOptions } from '../../log/pretty.ts'
import { printable, printLine } from './terminal.ts'

type Render = (line: string) => string

export class LogOutput implements Disposable {
  readonly #render: Render
  readonly #closed = new AbortController()
  readonly #onError = (): void => this.#closed.abort()

  private constructor(render: Render) {
    this.#render = render
    process.stdout.on('error', this.#onError)
  }

  static async open(): Promise<LogOutput> {
    return new LogOutput(await renderFor('stdout'))
  }

  /** The reader went away, as `head` does when it has seen enough. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Settles when they are out of the hands of this process, or never can be. */
  async write(lines: readonly string[]): Promise<void> {
    const text = lines.map((line) => `${this.#render(line)}\n`).join('')
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
  }

  [Symbol.dispose](): void {
    // A late error of what was written must still find a listener, or it would end the process with a stack.
    process.stdout.on('error', () => {})
    process.stdout.off('error', this.#onError)
  }
}

/** A few lines among other messages. */
export async function printLogLines(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  const render = await renderFor('stderr')
  for (const line of lines) printLine(render(line), 'stderr')
}

async function renderFor(target: 'stdout' | 'stderr'): Promise<Render> {
  const stream = process[target]
  return stream.isTTY ? await readable(stream.hasColors()) : (line) => line
}

/** What is no record (the app may print anything) is shown as it is, but cannot steer the terminal. */
async function readable(colorize: boolean): Promise<Render> {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory(prettyOptions(colorize))
  return (line) => (isRecord(line) ? pretty(escapePretty(line)).trimEnd() : printable(line))
}

function isRecord(line: string): boolean {
  try {
    const found: unknown = JSON.parse(line)
    return typeof found === 'object' && found !== null && 'level' in found && 'msg' in found
  } catch {
    return false
  }
}
