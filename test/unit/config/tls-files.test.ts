import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { checkTls, readTls } from '../../../src/config/tls-files.ts'
import type { TlsSetting } from '../../../src/config/tls-setting.ts'

let root = ''
before(() => {
  root = mkdtempSync(path.join(tmpdir(), 'tsrv-tls-'))
  cpSync(path.resolve(import.meta.dirname, '../../fixtures/tls'), root, { recursive: true })
  for (const key of ['first.key.pem', 'second.key.pem', 'second.encrypted-key.pem'])
    chmodSync(path.join(root, key), 0o600)
  writeFileSync(path.join(root, 'nonsense.pem'), 'hello')
})
after(() => rmSync(root, { recursive: true, force: true }))

const ORIGIN = { kind: 'file', name: 'tsrv.config.json', line: 3 } as const

async function complaints(tls: TlsSetting | undefined): Promise<Record<string, string[]>> {
  const { problems, warnings } = await checkTls({ root, http: { tls } }, ORIGIN)
  const texts = (list: typeof problems): string[] =>
    list.map(({ where, line, key, message }) => `${where}:${line} ${key} ${message}`)
  return { problems: texts(problems), warnings: texts(warnings) }
}

const NONE = { problems: [], warnings: [] }

describe('the files of http.tls', () => {
  it('are fine when they are a pair, with a passphrase where there is one, and without TLS', async () => {
    assert.deepEqual(await complaints(undefined), NONE)
    assert.deepEqual(await complaints({ cert: 'first.cert.pem', key: './first.key.pem' }), NONE)
    const encrypted = { cert: 'second.cert.pem', key: 'second.encrypted-key.pem', passphrase: 'sesame' }
    assert.deepEqual(await complaints(encrypted), NONE)
  })

  const faults: readonly (readonly [string, TlsSetting, RegExp])[] = [
    [
      'is missing',
      { cert: 'no.pem', key: 'first.key.pem' },
      /:3 http\.tls\.cert there is no file .*no\.pem$/,
    ],
    ['is a folder', { cert: 'first.cert.pem', key: '.' }, /http\.tls\.key cannot be read: EISDIR/],
    [
      'is no certificate',
      { cert: 'nonsense.pem', key: 'first.key.pem' },
      /http\.tls\.cert is no certificate in PEM/,
    ],
    ['is no key', { cert: 'first.cert.pem', key: 'nonsense.pem' }, /http\.tls\.key is no private key in PEM/],
    [
      'belongs to another',
      { cert: 'first.cert.pem', key: 'second.key.pem' },
      /key does not belong to the certificate/,
    ],
    [
      'is encrypted and has no passphrase',
      { cert: 'second.cert.pem', key: 'second.encrypted-key.pem' },
      /http\.tls\.passphrase is missing: the key is encrypted/,
    ],
    [
      'has another passphrase',
      { cert: 'second.cert.pem', key: 'second.encrypted-key.pem', passphrase: 'simsala' },
      /http\.tls\.passphrase does not open the key/,
    ],
  ]
  for (const [what, tls, message] of faults) {
    it(`stop the start when one ${what}`, async () => {
      const { problems } = await complaints(tls)
      assert.equal(problems?.length, 1)
      assert.match(problems?.[0] ?? '', message)
      assert.doesNotMatch(problems?.[0] ?? '', /simsala/)
    })
  }

  it('are named both when both are missing', async () => {
    const { problems } = await complaints({ cert: 'no.crt', key: 'no.key' })
    assert.equal(problems?.length, 2)
  })

  it('get a warning for a certificate that has expired, and for a key that everybody can read', async () => {
    chmodSync(path.join(root, 'first.key.pem'), 0o644)
    const { problems, warnings } = await complaints({ cert: 'expired.cert.pem', key: 'first.key.pem' })
    chmodSync(path.join(root, 'first.key.pem'), 0o600)
    assert.deepEqual(problems, [])
    assert.match(warnings?.[0] ?? '', /http\.tls\.cert expired on Jan {2}2 .*2020/)
    assert.match(warnings?.[1] ?? '', /http\.tls\.key every user of this machine can read it; chmod 600/)
  })

  it('are read anew each time', () => {
    const config = { root, http: { tls: { cert: 'changing.pem', key: 'first.key.pem' } } }
    for (const text of ['one', 'two']) {
      writeFileSync(path.join(root, 'changing.pem'), text)
      assert.equal(String(readTls(config)?.cert), text)
    }
  })
})
