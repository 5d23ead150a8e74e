/** One record per request, when it is over. */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { until } from '../../until.ts'
import { serve } from './serving.ts'

const byPath = (request: IncomingMessage, response: ServerResponse): void => {
  response.statusCode = Number(request.url?.slice(1))
  response.end()
}

describe('the access log', () => {
  it('has one record per request, with what was asked and answered', async () => {
    await using serving = await serve(byPath, { accessLog: true })
    const client = await serving.dial()
    client.get('/200')
    await client.sees('200 OK')
    client.get('/302', 'connection: close')
    await client.closed()
    await until(() => serving.records.length >= 2, 'both records')
    const [first, second] = serving.logged('Request')
    assert.ok(first !== undefined)
    const { duration, ...rest } = first
    const remote = '127.0.0.1'
    const expected = {
      event: 'request',
      method: 'GET',
      url: '/200',
      status: 200,
      remote,
      level: 'info',
      message: 'Request',
    }
    assert.deepEqual(rest, expected)
    assert.ok(typeof duration === 'number' && duration > 0 && duration < 5000, String(duration))
    assert.deepEqual([second?.['url'], second?.['status']], ['/302', 302])
    assert.equal(serving.records.length, 2)
  })

  for (const [status, level] of [
    [204, 'info'],
    [399, 'info'],
    [400, 'error'],
    [404, 'error'],
    [503, 'error'],
  ] as const) {
    it(`writes ${status} with level ${level}`, async () => {
      await using serving = await serve(byPath, { accessLog: true })
      await (await fetch(`${serving.url}/${status}`)).text()
      await until(() => serving.records.length === 1, 'the record')
      assert.equal(serving.records[0]?.level, level)
    })
  }

  it('waits for the end of the answer', async () => {
    let answer: ServerResponse | undefined
    await using serving = await serve(
      (_request: unknown, response: ServerResponse) => {
        answer = response
        response.write('first')
      },
      { accessLog: true },
    )
    const client = await serving.dial()
    client.get()
    await client.sees('first')
    assert.deepEqual(serving.records, [])
    answer?.end()
    await until(() => serving.records.length === 1, 'the record')
    assert.equal('aborted' in (serving.records[0] ?? {}), false)
  })

  it('tells that a client went before its answer, without a status', async () => {
    let isAsked = false
    await using serving = await serve((_request: unknown, _response: unknown) => void (isAsked = true), {
      accessLog: true,
    })
    const client = await serving.dial()
    client.get('/gone')
    await until(() => isAsked, 'the request')
    client.socket.destroy()
    await until(() => serving.records.length === 1, 'the record')
    const [record = {}] = serving.records
    const { level, url, aborted, remote } = record as Record<string, unknown>
    assert.deepEqual(
      { level, url, aborted, remote },
      { level: 'info', url: '/gone', aborted: true, remote: '127.0.0.1' },
    )
    assert.equal('status' in record, false)
  })

  it('is silent when it is switched off', async () => {
    await using serving = await serve(byPath, { accessLog: false })
    await fetch(`${serving.url}/500`)
    assert.deepEqual(serving.records, [])
  })
})
