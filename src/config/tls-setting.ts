/** The setting `http.tls`, and the keys by which INI files give its parts. */
import * as v from 'valibot'
import type { Kind } from './kinds.ts'

/** As the config writes it: files in PEM, relative to the config. */
export interface TlsSetting {
  /** The certificate, and after it those between it and the authority. */
  readonly cert: string
  readonly key: string
  /** Of a key that is encrypted. */
  readonly passphrase?: string | undefined
}

const text = v.pipe(v.string(), v.nonEmpty())
const PARTS = ['cert', 'key', 'passphrase'] as const

export type TlsPart = (typeof PARTS)[number]

export function tlsSetting(): Kind<TlsSetting, TlsSetting> {
  const one = { type: 'string', minLength: 1 } as const
  return {
    schema: v.strictObject({ cert: text, key: text, passphrase: v.optional(text) }),
    json: {
      type: 'object',
      properties: { cert: one, key: one, passphrase: one },
      required: ['cert', 'key'],
      additionalProperties: false,
    },
    form: 'none',
    expected: '{ cert, key } with the paths of both files, and { passphrase } if the key has one',
    keys: PARTS,
  }
}

/** In INI files the parts are keys of their own: ours, and those of Swoole. */
export function tlsPartOf(path: string): TlsPart | undefined {
  const own = /^http\.tls\.(\w+)$/.exec(path)?.[1]
  const name = own ?? SWOOLE[path]
  return PARTS.find((part) => part === name)
}

const SWOOLE: Readonly<Record<string, string>> = {
  ssl_cert_file: 'cert',
  ssl_key_file: 'key',
  ssl_passphrase: 'passphrase',
}

/** Other keys of Swoole's that begin so would leave the server less safe than it seems. */
export function isTlsKey(path: string): boolean {
  return path.startsWith('ssl_')
}

export const TLS_REFUSED = 'tsrv does not have this part of TLS: remove the key, or have a proxy do TLS'
