/**
 * Closes what node:http lets through and proxies and apps disagree about (request smuggling, host confusion).
 * Runs before any user code; section numbers are RFC 9112's.
 */
import type { IncomingMessage } from 'node:http'

/** Why a request is refused; the connection is closed after the answer, its framing cannot be trusted. */
export interface Refusal {
  readonly status: 400 | 505
  readonly reason: string
}

/** The refusal a request deserves, or undefined for a sound one. */
export function inspectRequest(request: IncomingMessage): Refusal | undefined {
  if (request.httpVersionMajor !== 1)
    return { status: 505, reason: `HTTP/${request.httpVersion} over HTTP/1` }
  return inspectTarget(request) ?? inspectHeaders(request)
}

function inspectTarget({ method, url = '' }: IncomingMessage): Refusal | undefined {
  if (url.startsWith('/')) return undefined
  // 3.2.4: the asterisk form is for OPTIONS only.
  if (url === '*') return method === 'OPTIONS' ? undefined : bad(`"*" as target of ${method}`)
  // 3.2.2: servers must take the absolute form; only with a URL that is one.
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? undefined : bad('invalid request target')
}

function inspectHeaders(request: IncomingMessage): Refusal | undefined {
  const { rawHeaders } = request
  let hosts = 0
  let contentTypes = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    if (name === 'host') hosts++
    else if (name === 'content-type') contentTypes++
    // Some gateways turn "_" into "-": a second, hidden framing header.
    else if (name === 'content_length' || name === 'transfer_encoding') return bad(`header ${name}`)
    // 6.1: an HTTP/1.0 message with Transfer-Encoding has faulty framing.
    else if (name === 'transfer-encoding' && request.httpVersionMinor === 0)
      return bad('Transfer-Encoding in HTTP/1.0')
  }
  if (hosts > 1) return bad(`${hosts} Host headers`)
  return contentTypes > 1 ? bad(`${contentTypes} Content-Type headers`) : undefined
}

function bad(reason: string): Refusal {
  return { status: 400, reason }
}
