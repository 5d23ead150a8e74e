/** The gate's decision as a function of the request line and the raw headers. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { inspectRequest, type RequestHead } from '../../../src/http/request-gate.ts'

function head(parts: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    url: '/',
    httpVersion: '1.1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    rawHeaders: ['host', 'example.com'],
    ...parts,
  }
}

const token = fc
  .stringMatching(/^[a-z]+(-[a-z]+)*$/)
  .filter((name) => name !== 'host' && name !== 'content-type')
const framing = fc.constantFrom('content_length', 'Transfer_Encoding', 'CONTENT_LENGTH')

describe('inspectRequest', () => {
  it('lets every path and every ordinary header pass, repeated or not', () => {
    const headers = fc.array(fc.tuple(token, fc.string())).map((pairs) => pairs.flat())
    fc.assert(
      fc.property(fc.string(), headers, (path, extra) => {
        const sound = head({ url: `/${path}`, rawHeaders: ['Host', 'example.com:80', ...extra] })
        assert.equal(inspectRequest(sound), undefined)
      }),
    )
  })

  it('finds a hidden framing header wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(token), framing, fc.array(token), (before, name, after) => {
        const names = ['host', ...before, name, ...after]
        const refusal = inspectRequest(head({ rawHeaders: names.flatMap((one) => [one, 'x']) }))
        assert.deepEqual(refusal, { status: 400, reason: `header ${name.toLowerCase()}` })
      }),
    )
  })

  for (const host of [
    '',
    'a',
    'A.example',
    'a_b:8080',
    '127.0.0.1:80',
    '[::1]',
    '[::ffff:1.2.3.4]:443',
    'a:',
    'x%20y',
  ]) {
    it(`takes the Host "${host}"`, () => {
      assert.equal(inspectRequest(head({ rawHeaders: ['host', host] })), undefined)
    })
  }

  for (const host of [
    'a b',
    'a/b',
    'a?b',
    'a#b',
    'u@a',
    'a:b',
    'a:1:2',
    '::1',
    '[::1',
    'a\\b',
    'a, b',
    '<a>',
  ]) {
    it(`refuses the Host "${host}"`, () => {
      const refusal = inspectRequest(head({ rawHeaders: ['host', host] }))
      assert.deepEqual(refusal, { status: 400, reason: 'invalid Host header' })
    })
  }

  it('wants a Host from HTTP/1.1 and not from HTTP/1.0', () => {
    assert.equal(inspectRequest(head({ rawHeaders: [] }))?.status, 400)
    assert.equal(inspectRequest(head({ rawHeaders: [], httpVersionMinor: 0 })), undefined)
  })

  it('answers other major versions with 505', () => {
    for (const httpVersionMajor of [0, 2, 3])
      assert.equal(inspectRequest(head({ httpVersionMajor }))?.status, 505)
  })

  it('takes Transfer-Encoding from HTTP/1.1 only', () => {
    const rawHeaders = ['host', 'a', 'Transfer-Encoding', 'chunked']
    assert.equal(inspectRequest(head({ rawHeaders })), undefined)
    assert.equal(inspectRequest(head({ rawHeaders, httpVersionMinor: 0 }))?.status, 400)
  })

  it('takes the asterisk for OPTIONS only', () => {
    assert.equal(inspectRequest(head({ method: 'OPTIONS', url: '*' })), undefined)
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
      assert.equal(inspectRequest(head({ method, url: '*' }))?.status, 400)
    }
  })

  it('takes absolute forms that are http URLs without credentials', () => {
    for (const url of ['http://a/', 'HTTPS://a:8/b?c']) assert.equal(inspectRequest(head({ url })), undefined)
    for (const url of [
      's://]ufd/',
      'http://',
      'http://[',
      'ftp://a/',
      'a',
      '',
      'http://u@a/',
      'http://:p@a/',
    ]) {
      assert.equal(inspectRequest(head({ url }))?.status, 400, url)
    }
  })
})
