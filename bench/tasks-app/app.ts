// GET /?count=N&size=B sends N tasks of B bytes at once and answers when the last of them has finished.
// GET /send?count=N&size=B answers at once. GET /hello sends nothing.
import { server } from '@tsrv/server'

let left = 0
let done: (() => void) | undefined

export function finish(): void {
  if (left > 0 && --left === 0) done?.()
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/hello') return new Response('Hello, world!')
    const count = Number(searchParams.get('count') ?? 10_000)
    const data = 'x'.repeat(Number(searchParams.get('size') ?? 16))
    if (pathname === '/send') return send(count, data)
    left = count
    const finished = new Promise<void>((resolve) => (done = resolve))
    const startedAt = performance.now()
    send(count, data)
    const dispatched = performance.now()
    await finished
    const ended = performance.now()
    return Response.json({ dispatch: dispatched - startedAt, total: ended - startedAt })
  },
}

function send(count: number, data: string): Response {
  for (let n = 0; n < count; n++) server.task({ n, data })
  return new Response(null, { status: 202 })
}
