/** The template that `npm start` runs, used as its first user does. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { ServerUnderTest } from './server-under-test.ts'

describe('the template "tasks"', () => {
  it('R19: shows a form, queues a mail task for it, writes the mail and logs the end', async () => {
    await using server = await ServerUnderTest.start('../../templates/tasks')
    rmSync(path.join(server.dir, 'data/outbox'), { recursive: true, force: true })
    const form = await server.request('/')
    assert.equal(form.status, 200)
    assert.match(form.text, /<form method="post" action="\/contact">/)

    const answer = await server.request('/contact', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        name: 'Ada',
        email: 'ada@example.com',
        message: 'Hello & goodbye',
      }).toString(),
    })
    assert.equal(answer.status, 202)
    const id = /task #(\d+)/.exec(answer.text)?.[1]
    const finish = await server.log(
      (record) => record.msg.startsWith(`Task #${id} finished in `),
      'the end of the task',
    )
    assert.match(finish.msg, /finished in \d+\.\d ms$/)
    const mail = readFileSync(path.join(server.dir, 'data/outbox', `${id}.eml`), 'utf8')
    assert.match(mail, /From: "Ada" <ada@example\.com>/)
    assert.match(mail, /Hello & goodbye/)
  })

  it('refuses an empty form with a word of help', async () => {
    await using server = await ServerUnderTest.start('../../templates/tasks')
    const answer = await server.request('/contact', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'email=&message=',
    })
    assert.equal(answer.status, 422)
    assert.match(answer.text, /Please fill in/)
  })
})
