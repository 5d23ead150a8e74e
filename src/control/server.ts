/**
 * The answering end of the control socket. Whatever arrives there, the process lives: what cannot be understood
 * is answered with 4xx and its connection closed.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { chmodSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import path from 'node:path'
import { messageOf, TsrvError } from '../errors.ts'
import type { TaskAnswer, TaskQuestion } from '../wire/task-questions.ts'
import { closeSoon, PATIENCE, refuseMalformed, sendJson } from './json-answers.ts'
import { CONTROL_ROUTES, type ControlRoute } from './protocol.ts'
import type {
  ReloadReport,
  ReloadRequest,
  ScaleReport,
  ScaleRequest,
  Status,
  StopRequest,
} from './protocol.ts'
import {
  asReloadRequest,
  asScaleRequest,
  asStopRequest,
  asTaskQuestion,
  readRequest,
  refusal,
  type Reply,
} from './requests.ts'
import { asWorkOrder, asWorkRequest, streamWork, type WorkHandlers } from './work-stream.ts'

// Importing node:http as a module reads all its exports, one of which loads undici: 20 ms that nobody here needs.
const { createServer } = process.getBuiltinModule('node:http')

export interface ControlHandlers extends WorkHandlers {
  status(): Status | Promise<Status>
  /** Begins the stop and returns at once; the asker learns of its end by the process being gone. */
  stop(request: StopRequest): void
  /** Resolves when new code has taken over; rejects with the reason why the old code stays. */
  reload(request: ReloadRequest): Promise<ReloadReport>
  /** Resolves when the new ones are ready; rejects with the reason why the counts stay. */
  scale(request: ScaleRequest): Promise<ScaleReport>
  /** Resolves when new code serves beside the old; rejects with the reason why all stays as it is. */
  restart(): Promise<void>
  /** Rejects with what there is against the question, which nobody has looked at before. */
  askTasks(question: TaskQuestion): Promise<TaskAnswer>
}

/**
 * @example
 * await using control = new ControlServer()
 * await control.start(paths.controlSocket, { status: () => supervisor.status(), stop: (how) => supervisor.stop(how) })
 */
export class ControlServer {
  #server: Server | undefined
  #socketPath = ''
  #started: Promise<unknown> | undefined
  #stopped: Promise<void> | undefined

  /**
   * Listens on the path with mode 0600, in place of a file that is there: the lock tells beforehand that no
   * living server owns it. The folder has to be 0700, as openRunDirectory() makes it.
   *
   * @throws TsrvError `TSRV_RUN_DIR_UNUSABLE` when the path cannot be listened on
   */
  async start(socketPath: string, handlers: ControlHandlers): Promise<void> {
    if (this.#server !== undefined || this.#stopped !== undefined) throw new TsrvError('ALREADY_STARTED')
    this.#server = createControlServer(handlers)
    this.#socketPath = socketPath
    this.#started = listen(this.#server, socketPath)
    await this.#started
  }

  /** Idempotent. Answers under way get half a second; the socket file is gone afterwards. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    await this.#started?.catch(() => {})
    if (this.#server?.listening !== true) return
    await closeSoon(this.#server)
    rmSync(this.#socketPath, { force: true })
  }
}

function createControlServer(handlers: ControlHandlers): Server {
  const server = createServer({ ...PATIENCE }, (request, response) => {
    answer(request, response, handlers)
      .then((reply) => reply && sendJson(response, reply))
      .catch(() => response.destroy())
  })
  server.maxConnections = 100
  server.on('clientError', refuseMalformed)
  return server
}

async function listen(server: Server, socketPath: string): Promise<void> {
  try {
    rmSync(socketPath, { force: true })
    server.listen(socketPath)
    await once(server, 'listening')
    chmodSync(socketPath, 0o600)
    // A failing accept (too many open files) concerns one connection, not the process.
    server.on('error', () => {})
  } catch (error) {
    server.close()
    const details = { runDir: path.dirname(socketPath), reason: messageOf(error) }
    throw new TsrvError('RUN_DIR_UNUSABLE', details, { cause: error })
  }
}

/** Undefined when the answer is being written already. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: ControlHandlers,
): Promise<Reply | undefined> {
  try {
    const route = findRoute(request)
    if (route === undefined) return refusal(404, 'NOT_FOUND', `No route ${request.method} ${request.url}`)
    switch (route) {
      case 'status':
        return { status: 200, body: await handlers.status() }
      case 'stop': {
        const stop = await readRequest(request, asStopRequest)
        if ('status' in stop) return stop
        handlers.stop(stop)
        return { status: 202, body: {} }
      }
      case 'reload': {
        const reload = await readRequest(request, asReloadRequest)
        return 'status' in reload ? reload : await orRefusal(200, () => handlers.reload(reload))
      }
      case 'restart':
        return await orRefusal(202, async () => {
          await handlers.restart()
          return {}
        })
      case 'scale':
      case 'tasks':
      case 'work':
      case 'workOrder':
        return await answerOrRefuse(route, { request, response, handlers })
      default:
        return route satisfies never
    }
  } catch (error) {
    return refusal(500, error instanceof TsrvError ? error.code : 'INTERNAL', messageOf(error))
  }
}

function findRoute({ method, url }: IncomingMessage): ControlRoute | undefined {
  const names = Object.keys(CONTROL_ROUTES).filter(isRoute)
  return names.find((name) => CONTROL_ROUTES[name].method === method && CONTROL_ROUTES[name].path === url)
}

function isRoute(name: string): name is ControlRoute {
  return Object.hasOwn(CONTROL_ROUTES, name)
}

/** A reload or restart that fails is an answer, not a fault of the server: what runs goes on. */
async function orRefusal(status: number, deed: () => Promise<object>): Promise<Reply> {
  try {
    return { status, body: await deed() }
  } catch (error) {
    if (!(error instanceof TsrvError)) return refusal(409, 'INTERNAL', messageOf(error))
    // The asking end puts its own sentence around the reason.
    const { reason } = SENTENCES.has(error.code) ? error.details : {}
    return refusal(409, error.code, reason === undefined ? error.message : String(reason))
  }
}

const SENTENCES: ReadonlySet<string> = new Set(['TSRV_RELOAD_FAILED', 'TSRV_RESTART_FAILED'])

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly handlers: ControlHandlers
}

/** What is refused keeps the code of the error table. */
async function answerOrRefuse(
  route: 'scale' | 'tasks' | 'work' | 'workOrder',
  { request, response, handlers }: Exchange,
): Promise<Reply | undefined> {
  try {
    switch (route) {
      case 'scale': {
        const scale = await readRequest(request, asScaleRequest)
        return 'status' in scale ? scale : { status: 200, body: await handlers.scale(scale) }
      }
      case 'tasks': {
        const question = await readRequest(request, asTaskQuestion)
        if ('status' in question) return question
        return { status: 200, body: await handlers.askTasks(question.question) }
      }
      case 'work': {
        const work = await readRequest(request, asWorkRequest)
        if ('status' in work) return work
        streamWork(response, work, handlers)
        return undefined
      }
      case 'workOrder': {
        const order = await readRequest(request, asWorkOrder)
        if ('status' in order) return order
        if (!handlers.orderWork(order.work, order)) throw new TsrvError('WORK_OVER')
        return { status: 200, body: {} }
      }
      default:
        return route satisfies never
    }
  } catch (error) {
    if (error instanceof TsrvError) return refusal(422, error.code, error.message)
    throw error
  }
}
