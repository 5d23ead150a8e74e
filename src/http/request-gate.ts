/**
 * Closes what node:http lets through and proxies and apps disagree about (request smuggling, host confusion).
 * Runs before any user code; section numbers are RFC 9112's.
 */

/** Why a request is refused; the connection is closed after the answer, its framing cannot be trusted. */
export interface Refusal {
  readonly status: 400 | 505
  readonly reason: string
}

/** What the gate looks at: the parts of a `http.IncomingMessage` that came over the wire. */
export interface RequestHead {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  /** Names and values alternately, as sent. */
  readonly rawHeaders: readonly string[]
}

/** The refusal a request deserves, or undefined for a sound one. */
export function inspectRequest(head: RequestHead): Refusal | undefined {
  if (head.httpVersionMajor !== 1) return { status: 505, reason: `HTTP/${head.httpVersion} over HTTP/1` }
  return inspectTarget(head) ?? inspectHeaders(head)
}

function inspectTarget({ method, url = '' }: RequestHead): Refusal | undefined {
  if (url.startsWith('/')) return undefined
  // 3.2.4: the asterisk form is for OPTIONS only.
  if (url === '*') return method === 'OPTIONS' ? undefined : bad(`"*" as target of ${method}`)
  // 3.2.2: servers must take the absolute form; only with a URL that is one.
  const absolute = /^https?:\/\//i.test(url) ? URL.parse(url) : null
  if (absolute === null) return bad('invalid request target')
  // RFC 9110, 4.2.4: a user name before the host is there to mislead.
  return absolute.username === '' && absolute.password === ''
    ? undefined
    : bad('credentials in the request target')
}

// RFC 3986, 3.2.2: a registered name, an IPv4 address, or an IPv6 address in brackets; then a port.
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d*)?$/i

function inspectHeaders({ rawHeaders, httpVersionMinor }: RequestHead): Refusal | undefined {
  let hosts = 0
  let contentTypes = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    if (name === 'host') {
      // 3.2: more than one, or one that is no host.
      if (++hosts > 1) return bad('more than one Host header')
      if (!HOST.test(rawHeaders[index + 1] ?? '')) return bad('invalid Host header')
    } else if (name === 'content-type') {
      // Node takes the first, others take the last.
      if (++contentTypes > 1) return bad('more than one Content-Type header')
    } else if (name === 'content_length' || name === 'transfer_encoding') {
      // Some gateways turn "_" into "-": a second, hidden framing header.
      return bad(`header ${name}`)
    } else if (name === 'transfer-encoding' && httpVersionMinor === 0) {
      // 6.1: an HTTP/1.0 message with Transfer-Encoding has faulty framing.
      return bad('Transfer-Encoding in HTTP/1.0')
    }
  }
  // 3.2: only HTTP/1.0 knows requests without it.
  return hosts === 0 && httpVersionMinor > 0 ? bad('no Host header') : undefined
}

function bad(reason: string): Refusal {
  return { status: 400, reason }
}
