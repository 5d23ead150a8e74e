/** Every fault of a start: one clear message, the right exit status, no stack, nothing left behind. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { FAULTS } from './faulty-projects.ts'
import { project, tsrv } from './project.ts'

describe('a start fails clearly for', () => {
  for (const { what, fixture = 'plain-app', files = {}, args = [], env = {}, code, says } of FAULTS) {
    it(what, async () => {
      const dir = project(fixture, files)
      const hasPort = args.includes('--port')
      const ended = await tsrv(dir, ['start', ...(hasPort ? [] : ['-o', 'port=0']), ...args], env)
      assert.equal(ended.code, code, ended.stderr + ended.stdout)
      for (const expected of says) assert.match(ended.stderr, expected)
      assert.doesNotMatch(ended.stderr, /^\s+at /m, 'no stack trace')
      for (const file of ['server.json', 'lock', 'control.sock']) {
        assert.equal(existsSync(path.join(dir, '.tsrv', file)), false, file)
      }
    })
  }
})
