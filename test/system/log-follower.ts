/** `tsrv logs -f` for system tests, read along. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { until } from '../until.ts'
import { BIN } from './project.ts'

export class Follower implements AsyncDisposable {
  readonly child: ChildProcess
  text = ''

  constructor(dir: string, args: readonly string[] = []) {
    this.child = spawn(process.execPath, [BIN, 'logs', '-f', ...args], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.text += text))
  }

  async shows(text: string): Promise<void> {
    await until(
      () => this.text === text,
      JSON.stringify(text),
      () => `shown: ${JSON.stringify(this.text)}`,
    )
  }

  async end(signal: NodeJS.Signals): Promise<unknown> {
    const exit = once(this.child, 'exit')
    this.child.kill(signal)
    return (await exit)[0]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.end('SIGKILL')
  }
}
