import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { merge } from '../../../src/config/merge.ts'
import { originsTable } from '../../../src/config/origins-table.ts'
import { withoutSecrets } from '../../../src/config/secrets.ts'
import { validate } from '../../../src/config/validate.ts'

const TOKEN = 'correct horse'
const origin = { kind: 'env', name: 'TSRV_ADMIN__TOKEN' } as const
const given = { key: 'admin.token', value: TOKEN, text: true, written: 'TSRV_ADMIN__TOKEN', origin } as const
const place = { root: '/app', file: undefined }

describe('a secret setting', () => {
  it('is known to the server, and not printed', () => {
    const { config } = merge(validate([given]).checked, place)
    assert.equal(config.admin.token, TOKEN)
    const shown = JSON.stringify(withoutSecrets(config))
    assert.ok(!shown.includes(TOKEN))
    assert.match(shown, /"token":"\(set\)"/)
    const everythingElse = JSON.stringify({ ...config, admin: { ...config.admin, token: '(set)' } })
    assert.equal(shown, everythingElse)
  })

  it('may be a part of a setting', () => {
    const tls = { cert: 'a.crt', key: 'a.key', passphrase: TOKEN }
    const setting = { ...given, key: 'http.tls', value: tls, text: false } as const
    const found = merge(validate([setting]).checked, place)
    assert.equal(found.config.http.tls?.passphrase, TOKEN)
    const hidden = '{"cert":"a.crt","key":"a.key","passphrase":"(set)"}'
    assert.ok(JSON.stringify(withoutSecrets(found.config)).includes(`"tls":${hidden}`))
    assert.ok(originsTable(found).some((row) => row.startsWith('http.tls') && row.endsWith(hidden)))
  })

  it('is shown as absent when it is', () => {
    const { config } = merge(validate([]).checked, place)
    assert.doesNotMatch(JSON.stringify(withoutSecrets(config)), /token/)
  })

  it('has its origin told, without its value', () => {
    const line = originsTable(merge(validate([given]).checked, place)).find((row) =>
      row.startsWith('admin.token'),
    )
    assert.match(line ?? '', /^admin\.token +TSRV_ADMIN__TOKEN +"\(set\)"$/)
  })
})
