/** Services are made once, from each other, and end in the opposite order. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { servicesOf, type ServiceFactory } from '../../../src/container/factories.ts'
import type { Services } from '../../../src/container/services.ts'

const open = (factories: Record<string, ServiceFactory>): Promise<Services> =>
  servicesOf(factories, './container.ts')

describe('servicesOf', () => {
  it('R12, R13: makes a service on its first use, once, and never one that nobody wants', async () => {
    let made = 0
    const services = await open({ db: () => ({ number: ++made }), user: ({ db }) => db })
    assert.equal(made, 0)
    assert.equal(services.get('db'), services.get('db'))
    assert.equal(services.get('user'), services.get('db'))
    assert.equal(made, 1)
  })

  it('R12: makes one service of several, of what there is, and new objects by a service that is a function', async () => {
    const lines: string[] = []
    const writer = (name: string) => (line: string) => void lines.push(`${name}: ${line}`)
    const services = await open({
      consoleLogger: () => writer('console'),
      remoteLogger: () => writer('remote'),
      logger: ({ consoleLogger, remoteLogger }) => {
        const all = [consoleLogger, remoteLogger] as ReturnType<typeof writer>[]
        return (line: string) => all.forEach((write) => write(line))
      },
      greeting: (known) => ('translator' in known ? known['translator'] : 'Hello'),
      newGreeter:
        ({ greeting, logger }) =>
        (to: string) => ({
          greet: () => (logger as (line: string) => void)(`${String(greeting)}, ${to}`),
        }),
    })
    const newGreeter = services.get('newGreeter') as (to: string) => { greet: () => void }
    const [first, second] = [newGreeter('Ada'), newGreeter('Bob')]
    assert.notEqual(first, second)
    first.greet()
    second.greet()
    assert.deepEqual(lines, [
      'console: Hello, Ada',
      'remote: Hello, Ada',
      'console: Hello, Bob',
      'remote: Hello, Bob',
    ])
  })

  it('gives a promise of an async service, once', async () => {
    const services = await open({
      db: async () => ({ rows: 3 }),
      count: async ({ db }) => ((await db) as { rows: number }).rows,
    })
    assert.equal(services.get('count'), services.get('count'))
    assert.equal(await services.get('count'), 3)
  })

  it('ends services after those that were made from them, whatever the order of the object', async () => {
    const chain = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 5 })
    await fc.assert(
      fc.asyncProperty(chain, async (names) => {
        const ended: string[] = []
        const factories = names.map((name) => [
          name,
          (services: Readonly<Record<string, unknown>>) => {
            // a needs nobody, b needs a, …
            if (name !== 'a') void services[String.fromCodePoint((name.codePointAt(0) ?? 0) - 1)]
            return { [Symbol.asyncDispose]: async () => void ended.push(name) }
          },
        ])
        const services = await open(Object.fromEntries(factories) as Record<string, ServiceFactory>)
        services.get('e')
        await services.dispose()
        assert.deepEqual(ended, ['e', 'd', 'c', 'b', 'a'])
      }),
    )
  })

  it('waits for the end of one service before it ends the next', async () => {
    const steps: string[] = []
    const slow = {
      async [Symbol.asyncDispose]() {
        steps.push('slow begins')
        await new Promise((resolve) => setImmediate(resolve))
        steps.push('slow ended')
      },
    }
    const services = await open({
      db: () => ({ [Symbol.dispose]: () => steps.push('db ended') }),
      slow: () => slow,
    })
    services.get('db')
    services.get('slow')
    await services.dispose()
    assert.deepEqual(steps, ['slow begins', 'slow ended', 'db ended'])
  })

  it('ends what was made, also by async factories, once', async () => {
    const ended: string[] = []
    const ending = (name: string) => ({ [Symbol.dispose]: () => ended.push(name) })
    const services = await open({ used: async () => ending('used'), unused: () => ending('unused') })
    services.get('used')
    await services.dispose()
    await services.dispose()
    assert.deepEqual(ended, ['used'])
  })

  it('ends the others when one throws at its end, and tells', async () => {
    const ended: string[] = []
    const services = await open({
      first: () => ({ [Symbol.dispose]: () => ended.push('first') }),
      second: () => ({
        [Symbol.dispose]() {
          throw new Error('stuck')
        },
      }),
    })
    services.get('first')
    services.get('second')
    await assert.rejects(services.dispose(), {
      code: 'TSRV_SERVICES_NOT_ENDED',
      message: 'Services threw when the container ended them: "second" (stuck).',
    })
    assert.deepEqual(ended, ['first'])
  })
})

describe('a factory that fails', () => {
  it('is named, with what it threw as the cause', async () => {
    const services = await open({
      db() {
        throw new RangeError('no address')
      },
    })
    assert.throws(
      () => services.get('db'),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'TSRV_SERVICE_FAILED')
        assert.equal(error.message, 'Cannot make the service "db": no address')
        return error.cause instanceof RangeError
      },
    )
  })

  it('is named when it is async', async () => {
    const services = await open({ db: () => Promise.reject(new Error('refused')) })
    await assert.rejects(services.get('db') as Promise<unknown>, {
      message: 'Cannot make the service "db": refused',
    })
    await services.dispose()
  })

  it('is named together with the service that wanted it', async () => {
    const services = await open({
      db() {
        throw new Error('refused')
      },
      mailer: ({ db }) => db,
    })
    assert.throws(() => services.get('mailer'), {
      message: 'Cannot make the service "mailer": Cannot make the service "db": refused',
    })
  })

  it('R12: is named when it wants a service that is not there', async () => {
    const services = await open({ mailer: ({ smtp }) => smtp })
    assert.throws(() => services.get('mailer'), { message: /^Cannot make the service "mailer": .*'smtp'/ })
  })

  it('R12: is named with its path when services want each other in a circle', async () => {
    const services = await open({ hen: ({ egg }) => egg, egg: ({ hen }) => hen })
    assert.throws(() => services.get('hen'), { message: /"hen".*[Cc]yclic.*hen -> egg -> hen/ })
  })

  it('may succeed when it is asked again', async () => {
    let isUp = false
    const services = await open({
      db() {
        if (!isUp) throw new Error('down')
        return 'db'
      },
    })
    assert.throws(() => services.get('db'))
    isUp = true
    assert.equal(services.get('db'), 'db')
  })
})
