/**
 * What each layer over node:http costs for a hello: every variant runs in a process of its own, in turns, and is
 * asked over keep-alive connections by a second process. Trust the CPU column: it does not mind other load.
 *
 *   node bench/http-hello.ts [seconds per turn, default 2]
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { EventDispatcher } from '../src/events/dispatcher.ts'
import { asApp } from '../src/http/app.ts'
import { HttpServer } from '../src/http/http-server.ts'
import { OpenRequests } from '../src/http/open-requests.ts'
import { requestHandler } from '../src/http/request-handler.ts'
import type { Server as TsrvServer } from '../src/server.ts'
import { bind, type Bound } from '../src/supervisor/bind.ts'

const BODY = 'Hello, world!'
const CONNECTIONS = 50
const ROUNDS = 3
const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'
const HEADERS = { 'content-type': 'text/plain', 'content-length': BODY.length }

const nodeApp: RequestListener = (_request, response) => {
  response.writeHead(200, HEADERS)
  response.end(BODY)
}
const webApp = (): Response => new Response(BODY, { headers: { 'content-type': 'text/plain' } })

type Variant = () => { listen(): Promise<number> }

const VARIANTS: Readonly<Record<string, Variant>> = {
  'node:http': () => plain(nodeApp),
  'tsrv (req, res)': () => ours(nodeApp),
  'tsrv (request)': () => ours(webApp),
  'hono, override false': () => hono(false),
  'hono, override true': () => hono(true),
}

interface Turn {
  readonly perSecond: number
  readonly cpu: number
}

// A bound socket is lost when nothing refers to it.
const held: Bound[] = []

const [role, argument] = process.argv.slice(2)
if (role === '--serve') await serve(argument ?? '')
else if (role === '--load') await load(Number(argument))
else await compare(Number(role ?? 2))

async function compare(seconds: number): Promise<void> {
  const turns = new Map<string, Turn[]>(Object.keys(VARIANTS).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, done] of turns) done.push(await runTurn(name, seconds))
  }
  const rows = [...turns].map(([name, done]) => {
    const rates = done.map(({ perSecond }) => perSecond)
    const cpus = done.map(({ cpu }) => cpu)
    const spread = (100 * (Math.max(...cpus) - Math.min(...cpus))) / median(cpus)
    return {
      variant: name,
      'requests/s': Math.round(median(rates)),
      'CPU µs/request': median(cpus).toFixed(1),
      'spread of CPU': `${spread.toFixed(0)} %`,
    }
  })
  console.table(rows)
}

async function runTurn(name: string, seconds: number): Promise<Turn> {
  const server = fork(import.meta.filename, ['--serve', name])
  const port = await reply<number>(server)
  const client = fork(import.meta.filename, ['--load', String(port)])
  await reply(client)
  const measure = async (): Promise<{ count: number; cpu: number; at: number }> => {
    client.send('count')
    server.send('cpu')
    const [count, cpu] = await Promise.all([reply<number>(client), reply<number>(server)])
    return { count, cpu, at: performance.now() }
  }
  await waitFor(1000)
  const before = await measure()
  await waitFor(seconds * 1000)
  const after = await measure()
  for (const child of [client, server]) {
    child.kill()
    await once(child, 'exit')
  }
  const requests = after.count - before.count
  return { perSecond: (requests / (after.at - before.at)) * 1000, cpu: (after.cpu - before.cpu) / requests }
}

async function serve(name: string): Promise<void> {
  const port = await VARIANTS[name]?.().listen()
  process.send?.(port)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
}

async function load(port: number): Promise<void> {
  let count = 0
  for (let index = 0; index < CONNECTIONS; index++) {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    let received = ''
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      if (!received.endsWith(BODY)) return
      if (!received.startsWith('HTTP/1.1 200')) throw new Error(received)
      received = ''
      count++
      socket.write(REQUEST)
    })
    await once(socket, 'connect')
    socket.write(REQUEST)
  }
  process.send?.('ready')
  process.on('message', () => process.send?.(count))
}

function plain(listener: RequestListener): ReturnType<Variant> {
  return { listen: () => listenOn(createServer(listener)) }
}

function hono(overrideGlobalObjects: boolean): ReturnType<Variant> {
  const listener = getRequestListener(webApp, { overrideGlobalObjects })
  return plain((request, response) => void listener(request, response))
}

function ours(exported: unknown): ReturnType<Variant> {
  const silent = (): void => {}
  const log = {
    trace: silent,
    debug: silent,
    info: silent,
    warn: silent,
    error: console.error,
    fatal: silent,
  }
  const open = new OpenRequests()
  const handle = requestHandler({
    app: asApp(exported, 'auto', 'bench'),
    server: { log } as unknown as TsrvServer,
    dispatcher: new EventDispatcher(),
    open,
    accessLog: false,
  })
  const timeouts = { keepAliveTimeout: 5000, headersTimeout: 15_000, requestTimeout: 60_000 }
  const http = new HttpServer({ ...timeouts, handle, open, beforeBytes: silent })
  return {
    async listen() {
      const bound = bind({ host: '127.0.0.1', port: 0 })
      if ('failed' in bound) throw new Error(bound.failed)
      await http.listen(bound.fd())
      held.push(bound)
      return (bound.address() as AddressInfo).port
    },
  }
}

async function listenOn(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function reply<Message>(child: ChildProcess): Promise<Message> {
  const ended = new AbortController()
  child.once('exit', () => ended.abort())
  const [message] = (await once(child, 'message', { signal: ended.signal })) as [Message]
  return message
}

function waitFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
