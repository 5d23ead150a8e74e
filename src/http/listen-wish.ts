/** What a program asked of `listen()`, of which it gets none. */

export interface ListenWish {
  /** 0 is any; undefined for a Unix socket or a descriptor. */
  readonly port: number | undefined
  /** For people, e.g. `localhost:3000`. */
  readonly text: string
}

/** @param parameters of `net.Server#listen`, in any of its forms */
export function wishOf(parameters: readonly unknown[]): ListenWish {
  const [first, second] = parameters
  if (typeof first === 'object' && first !== null) return ofOptions(first)
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { port: undefined, text: first }
  const isPort = typeof first === 'number' || typeof first === 'string'
  return ofPort(isPort ? Number(first) : 0, second)
}

function ofOptions(options: { port?: unknown; host?: unknown; path?: unknown; fd?: unknown }): ListenWish {
  const { port, host, path, fd } = options
  if (port !== undefined && port !== null) return ofPort(Number(port), host)
  if (typeof path === 'string') return { port: undefined, text: path }
  if (typeof fd === 'number') return { port: undefined, text: `descriptor ${fd}` }
  return ofPort(0, host)
}

function ofPort(port: number, host: unknown): ListenWish {
  const name = typeof host === 'string' ? host : ''
  return { port, text: `${name.includes(':') ? `[${name}]` : name}:${port}` }
}
