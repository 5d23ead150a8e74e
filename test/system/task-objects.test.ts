/** Every kind of task object through a real server: from the app to the task worker and back. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { until } from '../until.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

let server: ServerUnderTest
async function end(taskId: unknown): Promise<LogRecord> {
  return server.log((one) => one['event'] === 'finish' && one['taskId'] === taskId, 'the end of the task')
}

async function shown(taskId: unknown): Promise<Record<string, unknown>> {
  let record: Record<string, unknown> = {}
  // The log is written behind the tasks.
  await until(async () => {
    const { stdout } = await tsrv(server.dir, ['task', 'show', String(taskId), '--json'])
    record = JSON.parse(stdout) as typeof record
    return record['status'] === 'completed'
  }, 'the record of the task')
  return record
}

describe('task objects', () => {
  before(async () => {
    server = await ServerUnderTest.start('objects-app', { withPackages: true })
  })
  after(async () => server[Symbol.asyncDispose]())

  describe('a defined task', () => {
    it('is checked, runs in a task worker under its name and options, and its value comes back', async () => {
      assert.deepEqual(await server.json('/run'), { to: 'ada', copies: 2, role: 'task' })
      const id = await server.json('/dispatch')
      assert.deepEqual((await end(id))['data'], { to: 'ada', copies: 1, role: 'task' })
      const { name, label } = await shown(id)
      assert.deepEqual([name, label], ['send-mail', 'a mail'])
    })

    it('S11: is refused in the sender when its input is wrong', async () => {
      const { status, text } = await server.request('/invalid')
      assert.equal(status, 400)
      assert.match(text, /"TSRV_TASK_INPUT_INVALID".*The input of send-mail is invalid: \$\.to: /)
    })

    it('S9, R17: reports its progress by yield, also while its code keeps the thread busy', async () => {
      const { progress, report } = (await server.json('/count')) as {
        progress: { completion: number; target: number }[]
        report: object
      }
      assert.ok(progress.length >= 2, `${progress.length} reports`)
      assert.deepEqual(progress.at(-1), { completion: 5, target: 5 })
      const steps = progress.map(({ completion }) => completion)
      assert.deepEqual(
        steps,
        steps.toSorted((a, b) => a - b),
        'S8: none comes late',
      )
      const { state, value } = report as Record<string, unknown>
      assert.deepEqual([state, value], ['completed', 'counted to 5'], 'S5')
    })

    it('S13: is cancelled by its id alone, at its next yield', async () => {
      const { state, message } = (await server.json('/cancel')) as { state: string; message: string }
      assert.equal(state, 'cancelled', 'S5: reported like a success')
      assert.match(message, /^Task \d+ was cancelled\.$/)
    })
  })

  describe('a task class', () => {
    it('T12: is kept with its name, label, owner, time, parameters and metadata', async () => {
      const id = await server.json('/class')
      assert.equal((await end(id))['data'], 'May 3 true')
      const { data, createdAt, ...record } = await shown(id)
      assert.equal(record['name'], 'tasks/work#MonthlyReport')
      assert.deepEqual([record['label'], record['owner']], ['May', 'ada'])
      assert.equal(typeof createdAt, 'number')
      assert.match(String(data), /MonthlyReport \{.*month: 'May'.*pages: 3/s)
    })

    it('is refused in its constructor when its parameters are wrong', async () => {
      assert.match(
        (await server.request('/class-invalid')).text,
        /The input of MonthlyReport is invalid: \$\.month: /,
      )
    })
  })

  describe('a function or a service as a task', () => {
    it('behaviour 46: gets the payload, and its value is that of the task', async () => {
      assert.equal(await server.json('/function'), 'hello ada 2')
    })

    it('behaviour 48: is found in the container by its name', async () => {
      assert.equal(await server.json('/service'), 'mailer to ada')
    })
  })

  describe('a message', () => {
    it('R1, R6, R8: has an envelope, handlers in task workers only, and TaskFinishEvent with the result', async () => {
      const { message, stamps, taskId } = (await server.json('/message')) as Record<string, unknown>
      assert.deepEqual([message, stamps], [{ page: 'home' }, []])
      assert.equal((await end(taskId))['data'], 'rendered home')
    })

    it('R4, R7: fails when no handler knows its class, and TaskFinishEvent tells of it', async () => {
      const { taskId } = (await server.json('/nobodys')) as Record<string, unknown>
      assert.match(String((await end(taskId))['error']), /^Nothing handled task \d+ \(Nobodys \{/)
    })

    it('behaviour 40: is dispatched as an event when it is one, and comes back as the value', async () => {
      assert.deepEqual(await server.json('/event'), { welcomed: true })
    })
  })

  describe('tasks.logger', () => {
    it('behaviours 44, 45, 52: a service that hears of what begins and what fails', async () => {
      await using own = await ServerUnderTest.start('objects-app', {
        withPackages: true,
        args: ['-o', 'tasks.logger=taskLogger'],
      })
      await own.json('/function')
      await own.json('/no-service')
      const journal = (): string[] =>
        own.logs
          .filter((one) => one['event'] === 'journal')
          .map(({ msg }) => msg.replace(/task \d+/, 'task N'))
      await until(() => journal().length >= 3, 'both tasks')
      assert.deepEqual(journal(), [
        'Starting work on task N using: {"handler":"greet","arguments":["ada",1,2]}',
        'Starting work on task N using: {"handler":"gone","arguments":[]}',
        'Error processing task N: TsrvError: The container has no service "gone": it has server, events, mailer, taskLogger.',
      ])
    })
  })
})
