/**
 * The answer to `POST /work`: JSON lines for as long as lanes are lent, the first one naming the loan. The lanes go
 * back when the connection ends, however it ends.
 */
import type { ServerResponse } from 'node:http'
import type { WorkNews, WorkOrder } from '../wire/work.ts'
import type { WorkOpened, WorkOrderRequest, WorkRequest } from './protocol.ts'

export interface WorkHandlers {
  /**
   * Lends lanes, and tells of them until `closed`.
   *
   * @returns the number of this loan
   * @throws TsrvError when there is nobody who could lend any
   */
  work(order: WorkOrder & { do: 'open' }, onNews: (news: WorkNews) => void): number
  /** False when that loan is over. */
  orderWork(work: number, order: WorkOrder): boolean
}

/** Bytes; a reader that was stopped must not fill the memory of the supervisor. */
const LONGEST_BACKLOG = 1024 * 1024

export function streamWork(response: ServerResponse, request: WorkRequest, handlers: WorkHandlers): void {
  const write = (line: WorkOpened | WorkNews): void => {
    if (response.writableLength > LONGEST_BACKLOG) response.destroy()
    else response.write(`${JSON.stringify(line)}\n`)
  }
  const work = handlers.work({ do: 'open', ...request }, (news) => {
    write(news)
    if (news.is === 'closed') response.end()
  })
  response.on('close', () => handlers.orderWork(work, { do: 'close' }))
  response.writeHead(200, { 'content-type': 'application/x-ndjson', connection: 'close' })
  write({ work })
}

const MOST_LANES = 64

export function asWorkRequest(body: Readonly<Record<string, unknown>>): WorkRequest | string {
  const { lanes = 1, limit, queue } = body
  if (!isWhole(lanes) || lanes > MOST_LANES) return `"lanes" must be an integer from 1 to ${MOST_LANES}`
  if (limit !== undefined && !isWhole(limit)) return '"limit" must be a positive integer'
  if (queue !== undefined && typeof queue !== 'string') return '"queue" must be the name of a queue'
  return { lanes, ...(limit !== undefined && { limit }), ...(queue !== undefined && { queue }) }
}

export function asWorkOrder(body: Readonly<Record<string, unknown>>): WorkOrderRequest | string {
  const { work, do: what } = body
  if (!Number.isSafeInteger(work)) return '"work" must be the number that POST /work answered with'
  if (what !== 'pause' && what !== 'resume' && what !== 'close')
    return '"do" must be "pause", "resume" or "close"'
  return { work: work as number, do: what }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}
