/** The files of `http.tls`: read by each HTTP worker, and tried before anything starts. */
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { messageOf } from '../errors.ts'
import type { Config } from './config.ts'
import type { Origin } from './given.ts'
import type { Problem } from './problems.ts'
import type { TlsPart } from './tls-setting.ts'

/** What `node:https` takes. */
export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
  readonly passphrase?: string
}

type Holder = Pick<Config, 'root'> & { readonly http: Pick<Config['http'], 'tls'> }

/** Undefined without `http.tls`. Read anew by each worker, so that a reload takes over a new certificate. */
export function readTls({ root, http: { tls } }: Holder): TlsFiles | undefined {
  if (tls === undefined) return undefined
  return {
    cert: readFileSync(path.resolve(root, tls.cert)),
    key: readFileSync(path.resolve(root, tls.key)),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
  }
}

/** What is wrong with the two files, and what about them will be soon. */
export async function checkTls(
  config: Holder,
  origin: Origin,
): Promise<{ readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }> {
  const { tls } = config.http
  if (tls === undefined) return { problems: [], warnings: [] }
  const at = (part: TlsPart, message: string): Problem => {
    const value = part === 'passphrase' ? undefined : tls[part]
    return { where: origin.name, line: origin.line, key: `http.tls.${part}`, value, message }
  }
  const unreadable = (['cert', 'key'] as const).flatMap((part) => {
    const reason = whyUnreadable(path.resolve(config.root, tls[part]))
    return reason === undefined ? [] : [at(part, reason)]
  })
  if (unreadable.length > 0) return { problems: unreadable, warnings: [] }
  const { problems, expired } = await tryPair(config)
  return {
    problems: problems.map(([part, message]) => at(part, message)),
    warnings: [
      ...(expired === undefined ? [] : [at('cert', `expired on ${expired}: clients will refuse it`)]),
      ...(isOpen(path.resolve(config.root, tls.key)) ? [at('key', OPEN_KEY)] : []),
    ],
  }
}

const OPEN_KEY = 'every user of this machine can read it; chmod 600 keeps it to its owner'

type Fault = readonly [part: TlsPart, message: string]

async function tryPair(config: Holder): Promise<{ problems: readonly Fault[]; expired?: string }> {
  const [{ createPrivateKey, X509Certificate }, { createSecureContext }] = await Promise.all([
    import('node:crypto'),
    import('node:tls'),
  ])
  const files = readTls(config)
  if (files === undefined) return { problems: [] }
  const certificate = attempt(() => new X509Certificate(files.cert))
  if ('failed' in certificate) return { problems: [['cert', 'is no certificate in PEM']] }
  const key = attempt(() => createPrivateKey(files))
  if ('failed' in key) return { problems: [badKey(files)] }
  if (!certificate.made.checkPrivateKey(key.made))
    return { problems: [['key', 'does not belong to the certificate: the two are not a pair']] }
  const context = attempt(() => createSecureContext(files))
  if ('failed' in context) return { problems: [['cert', `cannot be used: ${context.failed}`]] }
  const { validTo } = certificate.made
  return { problems: [], ...(Date.parse(validTo) < Date.now() && { expired: validTo }) }
}

function badKey({ key, passphrase }: TlsFiles): Fault {
  const isEncrypted = key.includes('ENCRYPTED')
  if (!isEncrypted) return ['key', 'is no private key in PEM']
  return [
    'passphrase',
    passphrase === undefined ? 'is missing: the key is encrypted' : 'does not open the key',
  ]
}

function attempt<Made>(make: () => Made): { readonly made: Made } | { readonly failed: string } {
  try {
    return { made: make() }
  } catch (error) {
    return { failed: messageOf(error) }
  }
}

function whyUnreadable(file: string): string | undefined {
  const read = attempt(() => readFileSync(file))
  if (!('failed' in read)) return undefined
  return read.failed.startsWith('ENOENT') ? `there is no file ${file}` : `cannot be read: ${read.failed}`
}

function isOpen(file: string): boolean {
  return (statSync(file).mode & 0o004) !== 0
}
