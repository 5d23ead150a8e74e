/**
 * Images and containers of podman. Needs the image node:24-bookworm-slim locally; nothing is pulled. Flags that a
 * machine needs are taken from TSRV_TEST_PODMAN_FLAGS (before the verb) and TSRV_TEST_BUILD_FLAGS (after `build`), or
 * from CONTAINERS_CONF.
 */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { Status } from '../../src/control/protocol.ts'
import { until } from '../until.ts'

export const BASE = 'docker.io/library/node:24-bookworm-slim'

const { env } = process
const engineFlags = (env['TSRV_TEST_PODMAN_FLAGS'] ?? '').split(' ').filter(Boolean)
const buildFlags = (env['TSRV_TEST_BUILD_FLAGS'] ?? '').split(' ').filter(Boolean)

/** Why tests with containers are skipped here, if they are. */
export function whySkipped(): string | false {
  if (env['TSRV_TEST_CONTAINER'] === undefined) return 'skipped: npm run test:container runs it'
  if (spawnSync('podman', ['--version']).status !== 0) return 'skipped: there is no podman here'
  const { status } = spawnSync('podman', [...engineFlags, 'image', 'exists', BASE])
  return status === 0 ? false : `skipped: podman has no image ${BASE}`
}

export async function podman(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('podman', [...engineFlags, ...args])
  return stdout.trim()
}

export async function build(image: string, folder: string): Promise<void> {
  const fixed = ['--format', 'docker', '--pull=never', '--network', 'host', '--tag', image]
  await podman('build', ...fixed, ...buildFlags, folder)
}

export class Container implements AsyncDisposable {
  readonly #name: string

  private constructor(name: string) {
    this.#name = name
  }

  /** Runs the server of an image, on a port of the machine that is free. */
  static async run(image: string, flags: readonly string[] = []): Promise<Container> {
    const name = await podman(
      'run',
      '--detach',
      '--pull=never',
      '--network',
      'host',
      '--env',
      'PORT=0',
      ...flags,
      image,
    )
    return new Container(name)
  }

  /** Everything that was printed. */
  async output(): Promise<string> {
    const { stdout, stderr } = await promisify(execFile)('podman', [...engineFlags, 'logs', this.#name])
    return stdout + stderr
  }

  async prints(text: string): Promise<void> {
    let output = ''
    await until(
      async () => (output = await this.output()).includes(text),
      `the container to print "${text}"`,
      () => output,
    )
  }

  /** Waits until it is ready. */
  async url(): Promise<string> {
    await this.prints('"event":"ready"')
    const { urls } = await this.status()
    return (urls[0] ?? '').replace('0.0.0.0', '127.0.0.1')
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.exec('tsrv', 'status', '--json')) as Status
  }

  exec(...command: readonly string[]): Promise<string> {
    return podman('exec', this.#name, ...command)
  }

  async isHealthy(): Promise<boolean> {
    return podman('healthcheck', 'run', this.#name).then(
      () => true,
      () => false,
    )
  }

  async signal(name: string): Promise<void> {
    await podman('kill', '--signal', name, this.#name)
  }

  async stop(): Promise<void> {
    await podman('stop', '--time', '10', this.#name)
  }

  async exitCode(): Promise<number> {
    return Number(await podman('wait', this.#name))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await podman('rm', '--force', '--volumes', '--time', '0', this.#name)
  }
}
