/**
 * The life of a service's process after its module has been loaded: starts, works, and leaves when it is told to or
 * when nothing is left to do.
 */
import type { Services } from '../container/container.ts'
import type { ProcessLog } from '../log/process-log.ts'
import type { Server, ServiceDefinition } from '../server.ts'
import type { TaskClient } from '../tasks/sender/task-client.ts'
import type { TaskLine } from '../tasks/sender/task-line.ts'
import { type HeldStopHandlers, obeyTermination } from './child-signals.ts'
import type { SupervisorLink } from './supervisor-link.ts'

export interface ServiceParts {
  readonly link: SupervisorLink
  readonly log: ProcessLog
  readonly definition: ServiceDefinition
  /** What the program does at signals that stop programs. */
  readonly handlers: HeldStopHandlers
  readonly name: string
  readonly server: Server
  /** Those of the container. */
  readonly services: Pick<Services, 'dispose'>
  readonly tasks: { readonly client: TaskClient; readonly line: TaskLine } | undefined
}

/** Milliseconds that tasks get to reach the task server at the end. */
const LAST_FLUSH = 1000

export class ServiceLife {
  readonly #abort = new AbortController()
  #parts: ServiceParts | undefined
  #running: Promise<void> = Promise.resolve()
  #leaving: Promise<never> | undefined

  /** Aborts when the service is to end. */
  get drainSignal(): AbortSignal {
    return this.#abort.signal
  }

  /** Resolves when the service may be called started. */
  async begin(parts: ServiceParts): Promise<void> {
    this.#parts = parts
    parts.link.onOrder((order) => {
      if (order.type === 'drain') void this.#leave()
    })
    await parts.definition.start?.(this.#context(parts))
  }

  /** Does the work of the service; after it only what the program itself has opened keeps the process alive. */
  async run(): Promise<void> {
    const parts = this.#parts
    if (parts === undefined) return
    this.#running = this.#work(parts)
    await this.#running
    if (isOpenEnded(parts.definition)) return
    process.on('beforeExit', () => void this.#exit(Number(process.exitCode ?? 0)))
    parts.link.unref()
    parts.tasks?.line.unref()
  }

  /** Nobody would start this process again or stop it. */
  async supervisorLost(): Promise<never> {
    return this.#exit(0)
  }

  async #work(parts: ServiceParts): Promise<void> {
    try {
      await parts.definition.run?.(this.#context(parts))
    } catch (error) {
      // Waiting with the signal ends in a throw when it aborts.
      if (this.#abort.signal.aborted && isAbort(error)) return
      parts.log.logger.fatal({ err: error }, 'The service failed; this process ends')
      parts.log.flush()
      process.exit(1)
    }
  }

  async #leave(): Promise<void> {
    const { definition, handlers, log } = this.#parts ?? {}
    obeyTermination()
    this.#abort.abort()
    const endsItself = handlers?.release() === true
    try {
      await definition?.stop?.()
    } catch (error) {
      log?.logger.error({ err: error }, 'stop() of the service threw')
    }
    await this.#running
    const isProgram = definition?.stop === undefined && definition?.run === undefined
    if (!isProgram || !endsItself) await this.#exit(0)
  }

  #exit(code: number): Promise<never> {
    this.#leaving ??= this.#flushAndExit(code)
    return this.#leaving
  }

  async #flushAndExit(code: number): Promise<never> {
    // Nothing else may be left that keeps the process alive.
    const alive = setInterval(() => {}, LAST_FLUSH)
    await this.#endServices()
    await this.#parts?.tasks?.client.allAccepted(AbortSignal.timeout(LAST_FLUSH))
    clearInterval(alive)
    process.exit(code)
  }

  async #endServices(): Promise<void> {
    const { services, log } = this.#parts ?? {}
    try {
      await services?.dispose()
    } catch (error) {
      log?.logger.error({ err: error }, 'A service of the container could not be ended')
    }
  }

  #context({ server, name }: ServiceParts): { server: Server; name: string; signal: AbortSignal } {
    return { server, name, signal: this.drainSignal }
  }
}

/** It may be called at any time, or has something to stop: it ends when it is told to. */
function isOpenEnded({ start, run, stop, methods }: ServiceDefinition): boolean {
  return methods !== undefined || (run === undefined && (start ?? stop) !== undefined)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
