/**
 * The asking end of the control socket. On node:http rather than undici, whose import alone costs 50 ms,
 * more than all of `tsrv stop` otherwise does.
 */
import type { IncomingMessage } from 'node:http'
import { messageOf, TsrvError } from '../errors.ts'
import { errorFromWire } from '../wire/error-report.ts'
import {
  CONTROL_ROUTES,
  type ControlRoute,
  type ReloadReport,
  type ReloadRequest,
  type ScaleReport,
  type ScaleRequest,
  type Status,
  type StopRequest,
} from './protocol.ts'

// Importing node:http as a module reads all its exports, one of which loads undici: 20 ms that nobody here needs.
const { request } = process.getBuiltinModule('node:http')

export interface ControlCallOptions {
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Deadline in milliseconds. Default 5000. */
  readonly timeout?: number | undefined
  /** The server that is thought to answer, for error messages. */
  readonly pid?: number | undefined
}

/**
 * Asks a server how it is.
 *
 * @returns undefined when no server listens on the socket.
 * @throws TsrvError `TSRV_CONTROL_FAILED` when something listens but gives no proper answer in time.
 */
export async function requestStatus(
  socket: string,
  options: ControlCallOptions = {},
): Promise<Status | undefined> {
  const answer = await call(socket, 'status', undefined, options)
  if (answer === undefined || isStatus(answer)) return answer
  throw failure(socket, options, 'what answers there is not a tsrv server')
}

/**
 * Asks a server to stop, and returns once it has agreed, not once it is gone.
 *
 * @returns false when no server listens on the socket.
 * @throws TsrvError `TSRV_CONTROL_FAILED` when something listens but does not agree in time.
 */
export async function requestStop(
  socket: string,
  stop: StopRequest = {},
  options: ControlCallOptions = {},
): Promise<boolean> {
  return (await call(socket, 'stop', stop, options)) !== undefined
}

/**
 * Asks a server to load code and configuration again, and returns when the new code has taken over.
 *
 * @returns undefined when no server listens on the socket.
 * @throws TsrvError `TSRV_RELOAD_FAILED` with the reason why the old code stays, `TSRV_CONTROL_FAILED`
 */
export async function requestReload(
  socket: string,
  reload: ReloadRequest,
  options: ControlCallOptions,
): Promise<ReloadReport | undefined> {
  return (await call(socket, 'reload', reload, options)) as ReloadReport | undefined
}

/**
 * Asks a server for other numbers of workers, and returns when the new ones are ready.
 *
 * @returns undefined when no server listens on the socket.
 * @throws TsrvError `TSRV_SCALE_FAILED` with the reason why the numbers stay, `TSRV_CONTROL_FAILED`
 */
export async function requestScale(
  socket: string,
  scale: ScaleRequest,
  options: ControlCallOptions,
): Promise<ScaleReport | undefined> {
  return (await call(socket, 'scale', scale, options)) as ScaleReport | undefined
}

/**
 * Asks a server to replace its supervisor, and returns when new code serves beside the old.
 *
 * @returns false when no server listens on the socket.
 * @throws TsrvError `TSRV_RESTART_FAILED` with the reason why all stays as it is, `TSRV_CONTROL_FAILED`
 */
export async function requestRestart(socket: string, options: ControlCallOptions): Promise<boolean> {
  return (await call(socket, 'restart', undefined, options)) !== undefined
}

/** Refusals of what was asked, as opposed to a failure to understand it: of a reload or restart, and with a code of the error table. */
const CONFLICT = 409
const REFUSED = 422
const DEFAULT_TIMEOUT = 5_000

// Linux and macOS differ in what they call a path at which no socket is.
const NOBODY_LISTENS: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ENOTSOCK'])

export async function call(
  socket: string,
  route: ControlRoute,
  body: unknown,
  options: ControlCallOptions,
): Promise<unknown> {
  const { signal, timeout = DEFAULT_TIMEOUT } = options
  signal?.throwIfAborted()
  const deadline = AbortSignal.timeout(timeout)
  try {
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    const response = await send(socket, route, body, either)
    const answer = parse(await readText(response))
    if (response.statusCode !== undefined && response.statusCode < 300) return answer ?? {}
    throw refusalFrom(response, answer, { socket, route, options })
  } catch (error) {
    if (error instanceof TsrvError) throw error
    signal?.throwIfAborted()
    if (deadline.aborted) throw failure(socket, options, `no answer within ${timeout} ms`, error)
    return nobody(error, { socket, route, options })
  }
}

/**
 * Asks for JSON lines, each of which is yielded as it comes.
 *
 * @returns undefined when no server listens on the socket
 */
export async function open(
  socket: string,
  route: ControlRoute,
  body: unknown,
  options: ControlCallOptions & { readonly signal: AbortSignal },
): Promise<AsyncGenerator | undefined> {
  try {
    const response = await send(socket, route, body, options.signal)
    if (response.statusCode === 200) return jsonLines(response)
    throw refusalFrom(response, parse(await readText(response)), { socket, route, options })
  } catch (error) {
    if (error instanceof TsrvError) throw error
    options.signal.throwIfAborted()
    return nobody(error, { socket, route, options })
  }
}

/** Ends with the connection, also when that breaks. */
async function* jsonLines(response: IncomingMessage): AsyncGenerator {
  let rest = ''
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield parse(line)
    }
  } catch {
    // A connection that broke ends the lines; whoever reads them knows by the last one.
  }
}

interface Asked {
  readonly socket: string
  readonly route: ControlRoute
  readonly options: ControlCallOptions
}

/** Undefined when the error says that nobody is there. */
function nobody(error: unknown, { socket, options }: Asked): undefined {
  if (error instanceof Error && 'code' in error && NOBODY_LISTENS.has(error.code)) return undefined
  throw failure(socket, options, messageOf(error), error)
}

function refusalFrom({ statusCode }: IncomingMessage, answer: unknown, asked: Asked): Error {
  const { socket, route, options } = asked
  const { code, message } = refusalOf(answer)
  const failed = route === 'restart' ? 'RESTART_FAILED' : 'RELOAD_FAILED'
  if (statusCode === CONFLICT) return new TsrvError(failed, { reason: message ?? 'unknown' })
  if (statusCode === REFUSED && code !== undefined && message !== undefined) {
    return errorFromWire({ class: 'TsrvError', name: 'TsrvError', code, message })
  }
  return failure(socket, options, message ?? `status ${statusCode}`)
}

function send(
  socket: string,
  route: ControlRoute,
  body: unknown,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { method, path } = CONTROL_ROUTES[route]
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  request({ socketPath: socket, method, path, headers, signal, agent: false }, resolve)
    .on('error', reject)
    .end(text)
  return promise
}

const MAX_ANSWER = 4 * 1024 * 1024

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER) throw new Error(`the answer is longer than ${MAX_ANSWER} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusalOf(answer: unknown): { readonly code?: string; readonly message?: string } {
  if (typeof answer !== 'object' || answer === null) return {}
  const { code, message } = answer as Readonly<Record<string, unknown>>
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { message }),
  }
}

/** Not every field: enough to tell a tsrv server from a stranger on its socket. */
function isStatus(answer: unknown): answer is Status {
  if (typeof answer !== 'object' || answer === null) return false
  return (
    'pid' in answer &&
    typeof answer.pid === 'number' &&
    'state' in answer &&
    typeof answer.state === 'string' &&
    'workers' in answer &&
    Array.isArray(answer.workers)
  )
}

export function failure(
  socket: string,
  { pid }: ControlCallOptions,
  reason: string,
  cause?: unknown,
): TsrvError {
  return new TsrvError('CONTROL_FAILED', { pid: pid ?? 'unknown', socket, reason }, { cause })
}
