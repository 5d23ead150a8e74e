/** Koa, Fastify and Nest by their methods: start, close, and errors that would be told nowhere. */
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { asApp } from '../../../src/http/app.ts'
import type { App } from '../../../src/http/app-shape.ts'

const REQUEST = { url: '/', headers: {} } as IncomingMessage

function call(app: App): unknown {
  assert.ok(app.kind === 'node')
  return app.handle(REQUEST, {} as ServerResponse, () => {})
}

function watched(app: App): unknown[] {
  const told: unknown[] = []
  app.watch?.((error, request) => told.push(error, request))
  return told
}

class Koa extends EventEmitter {
  calls = 0
  silent = false
  use(): this {
    return this
  }
  callback(): () => string {
    this.calls++
    return () => 'koa'
  }
}

describe('Koa', () => {
  const fault = new Error('fault')

  it('is asked for its callback once, and not before it is watched', () => {
    const koa = new Koa()
    const app = asApp(koa, 'auto', 'm')
    assert.equal(koa.calls, 0)
    assert.deepEqual([call(app), call(app), koa.calls], ['koa', 'koa', 1])
  })

  it('has its errors told, without those that are for the client', () => {
    const koa = new Koa()
    const told = watched(asApp(koa, 'auto', 'm'))
    koa.emit('error', fault, { req: REQUEST })
    koa.emit('error', Object.assign(new Error('no file'), { status: 404 }), { req: REQUEST })
    koa.emit('error', Object.assign(new Error('too large'), { expose: true }), { req: REQUEST })
    koa.silent = true
    koa.emit('error', new Error('silent'), { req: REQUEST })
    assert.deepEqual(told, [fault, REQUEST])
  })

  it('keeps its own listener of errors alone', () => {
    const koa = new Koa()
    koa.on('error', () => {})
    const told = watched(asApp(koa, 'auto', 'm'))
    koa.emit('error', fault, { req: REQUEST })
    assert.deepEqual(told, [])
  })
})

type ErrorHook = (request: unknown, reply: unknown, error: unknown, done: () => void) => void

function fastify(own: object = {}) {
  const calls: string[] = []
  const hooks: ErrorHook[] = []
  const app = {
    calls,
    hooks,
    server: undefined as unknown,
    log: {},
    routing: () => 'routed',
    ready: async () => void calls.push('ready'),
    close: async () => void calls.push('close'),
    addHook: (_name: string, hook: ErrorHook) => void hooks.push(hook),
    ...own,
  }
  return app
}

describe('Fastify', () => {
  it('is started, routed to and closed', async () => {
    const framework = fastify()
    const app = asApp(framework, 'auto', 'm')
    await app.start?.()
    assert.equal(call(app), 'routed')
    await app.close?.()
    assert.deepEqual(framework.calls, ['ready', 'close'])
  })

  it('is served through its server, where others hook in', () => {
    const server = createServer(() => 'hooked')
    const app = asApp(fastify({ server }), 'auto', 'm')
    assert.equal(app.server, server)
    assert.equal(call(app), 'hooked')
  })

  it('has errors of routes told when it has no logger', () => {
    const framework = fastify()
    const told = watched(asApp(framework, 'auto', 'm'))
    const fault = new Error('fault')
    let isDone = 0
    for (const error of [fault, Object.assign(new Error('not there'), { statusCode: 404 })])
      framework.hooks[0]?.({ raw: REQUEST }, {}, error, () => isDone++)
    assert.deepEqual([told, isDone], [[fault, REQUEST], 2])
  })

  it('tells its errors itself when it has one', () => {
    const framework = fastify({ log: { level: 'info' } })
    watched(asApp(framework, 'auto', 'm'))
    assert.equal(framework.hooks.length, 0)
  })
})

describe('Nest', () => {
  function nest(instance: unknown, server?: unknown) {
    const calls: string[] = []
    return {
      calls,
      init: async () => void calls.push('init'),
      close: async () => void calls.push('close'),
      use: () => {},
      getHttpServer: () => server,
      getHttpAdapter: () => ({ getInstance: () => instance }),
    }
  }

  it('is initialised, served through its server and closed', async () => {
    const server = createServer(() => 'nest')
    const framework = nest(() => 'instance', server)
    const app = asApp(framework, 'auto', 'm')
    await app.start?.()
    assert.equal(call(app), 'nest')
    await app.close?.()
    assert.deepEqual([framework.calls, app.server], [['init', 'close'], server])
  })

  it('over Fastify gets that one ready, too', async () => {
    const under = fastify()
    const app = asApp(nest(under), 'auto', 'm')
    await app.start?.()
    assert.deepEqual([under.calls, call(app)], [['ready'], 'routed'])
  })
})
