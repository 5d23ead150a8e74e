/** What systemd would hear: the datagrams that come to a notification socket. Node cannot receive them, Python can. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Why there can be no receiver here, or false. */
export const NO_RECEIVER: string | false = ['python3', 'systemd-notify'].every(
  (program) => spawnSync(program, ['--version']).status === 0,
)
  ? false
  : 'needs python3 and systemd-notify'

// The descriptor that comes with BARRIER=1 has to be closed, which is what the sender waits for.
const PROGRAM = `
import json, os, socket, sys
path = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind('\\0' + path[1:] if path[0] == '@' else path)
print(json.dumps('bound'), flush=True)
while True:
    data, descriptors, _, _ = socket.recv_fds(server, 4096, 8)
    for one in descriptors: os.close(one)
    print(json.dumps(data.decode()), flush=True)
`

export class NotifyReceiver implements Disposable {
  readonly path: string
  /** Each as lines `NAME=value`. */
  readonly messages: string[][] = []
  readonly #child: ChildProcess

  private constructor(path: string) {
    this.path = path
    this.#child = spawn('python3', ['-c', PROGRAM, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  /** @param path of the socket, or `@name` */
  static async on(path: string): Promise<NotifyReceiver> {
    const receiver = new NotifyReceiver(path)
    const lines = createInterface({ input: receiver.#child.stdout! })
    await once(lines, 'line')
    lines.on('line', (line) => {
      const message = (JSON.parse(line) as string).split('\n')
      if (message[0] !== 'BARRIER=1') receiver.messages.push(message)
    })
    return receiver
  }

  /** First lines, in order, without the signs of life. */
  get story(): string[] {
    return this.messages.map(([first = '']) => first).filter((first) => first !== 'WATCHDOG=1')
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}
