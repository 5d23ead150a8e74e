/** Bodies of requests to the control socket: read, looked at, refused. */
import type { IncomingMessage } from 'node:http'
import type { TaskQuestion } from '../wire/task-questions.ts'
import {
  type ControlError,
  MAX_CONTROL_BODY,
  type ReloadRequest,
  type ScaleRequest,
  type StopRequest,
} from './protocol.ts'

export interface Reply {
  readonly status: number
  readonly body: object
}

/** @param check what is wrong with a body, or the request it makes */
export async function readRequest<Request extends object>(
  request: IncomingMessage,
  check: (body: Readonly<Record<string, unknown>>) => Request | string,
): Promise<Request | Reply> {
  const text = await readBody(request)
  if (text === undefined)
    return refusal(413, 'TOO_LARGE', `The body is longer than ${MAX_CONTROL_BODY} bytes`)
  const body = text === '' ? {} : parse(text)
  if (typeof body !== 'object' || body === null)
    return refusal(400, 'BAD_REQUEST', 'The body is not a JSON object')
  const checked = check(body as Readonly<Record<string, unknown>>)
  return typeof checked === 'string' ? refusal(400, 'BAD_REQUEST', checked) : checked
}

export function asStopRequest({ force = false }: Readonly<Record<string, unknown>>): StopRequest | string {
  return typeof force === 'boolean' ? { force } : '"force" must be true or false'
}

export function asReloadRequest(body: Readonly<Record<string, unknown>>): ReloadRequest | string {
  const { workers, taskWorkers, only } = body
  if (!isCount(workers, 1) || !isCount(taskWorkers, 0)) return 'counts must be integers, or "auto"'
  if (only !== undefined && only !== 'http' && only !== 'tasks') return '"only" must be "http" or "tasks"'
  return {
    ...(workers !== undefined && { workers }),
    ...(taskWorkers !== undefined && { taskWorkers }),
    ...(only !== undefined && { only }),
  }
}

export function asScaleRequest(body: Readonly<Record<string, unknown>>): ScaleRequest | string {
  const request = asReloadRequest({ workers: body['workers'], taskWorkers: body['taskWorkers'] })
  if (typeof request !== 'string' && Object.keys(request).length === 0) return 'there is no count'
  return request
}

/** What it asks is looked at by the task server. */
export function asTaskQuestion(
  body: Readonly<Record<string, unknown>>,
): { readonly question: TaskQuestion } | string {
  if (typeof body['ask'] !== 'string') return '"ask" must say what is asked'
  return { question: body as unknown as TaskQuestion }
}

function isCount(value: unknown, least: number): value is number | 'auto' | undefined {
  return value === undefined || value === 'auto' || (Number.isInteger(value) && (value as number) >= least)
}

/** @returns undefined when the body is too long; what is left of it is not read. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop must not destroy the request: its socket has to carry the refusal.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_CONTROL_BODY) return undefined
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

export function refusal(status: number, code: string, message: string): Reply {
  return { status, body: { code, message } satisfies ControlError }
}
