/** Queues, routes and selector in a config: what they become, and what is refused. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf, load, temporaryFolder } from './load-config.ts'

const { folder, written } = temporaryFolder()

async function tasksOf(tasks: object): Promise<Awaited<ReturnType<typeof load>>['config']['tasks']> {
  return (await load(await written('queues.json', JSON.stringify({ tasks })))).config.tasks
}

async function refusal(tasks: object): Promise<string> {
  const file = await written('queues.json', JSON.stringify({ tasks }, null, 2))
  return (await linesOf(file, { cwd: folder }))[0] ?? ''
}

describe('the schedules of a config', () => {
  const refused = async (schedule: object): Promise<string> => {
    const config = { taskWorkers: 1, tasks: { queues: ['mail'] }, schedules: [{ task: 'a#b', ...schedule }] }
    const file = await written('schedules.json', JSON.stringify(config, null, 2))
    return (await linesOf(file, { cwd: folder }))[0] ?? ''
  }

  it('R15: are refused with what is wrong with their times', async () => {
    assert.match(
      await refused({ cron: '61 * * * *' }),
      /schedules\.json:8 {2}schedules\[0\]\.cron = 61 \* \* \* \* {2}.*minute: 61/,
    )
    assert.match(await refused({ cron: '0 0 31 2 *' }), /"0 0 31 2 \*" is never due/)
    assert.match(await refused({ cron: 'daily' }), /schedules\[0\]\.cron = daily/)
    assert.match(await refused({ cron: '* * * * *', timezone: 'Mars/Base' }), /schedules\[0\]\.timezone/)
  })

  it('R15: are refused when their queue is none', async () => {
    assert.match(
      await refused({ every: '5s', queue: 'mial' }),
      /schedules\[0\]\.queue {2}unknown queue .*"mail".*tasks\.queues has default, mail/,
    )
  })
})

describe('the queues of a config', () => {
  it('T1, T4: have a weight of 1 unless another is given, and are chosen by weight', async () => {
    const { queues, routes, selector } = await tasksOf({
      queues: ['background', { name: 'priority', weight: 90 }, { name: 'now', sync: true }],
      routes: { 'src/actions#compile': 'priority', '*': 'background' },
    })
    assert.deepEqual(queues, [
      { name: 'background', weight: 1, sync: false },
      { name: 'priority', weight: 90, sync: false },
      { name: 'now', weight: 1, sync: true },
    ])
    assert.deepEqual(routes, { 'src/actions#compile': 'priority', '*': 'background' })
    assert.equal(selector, 'weighted')
    assert.deepEqual((await tasksOf({})).queues, [])
  })

  it('T1: are refused when a name comes twice, is none, or a route leads nowhere', async () => {
    const twice = { queues: ['mail', { name: 'mail', weight: 2 }] }
    assert.match(await refusal(twice), /tasks\.queues .*no name twice/)
    assert.match(await refusal({ queues: [{ weight: 2 }] }), /tasks\.queues\[0\]\.name .*a list of names/)
    assert.match(
      await refusal({ queues: ['mail'], routes: { compile: 'mial' } }),
      /queues\.json:6 {2}tasks\.routes\.compile {2}unknown queue .*"mail".*tasks\.queues has default, mail/,
    )
    assert.match(await refusal({ selector: 'random' }), /tasks\.selector = random .*weighted/)
  })

  it('T4: refuse a weight that is none, and a sync queue for all tasks', async () => {
    for (const weight of [0, -1, 1001, 1.5, '2']) {
      assert.match(await refusal({ queues: [{ name: 'mail', weight }] }), /with a weight of 1-1000/)
    }
    assert.match(await refusal({ queues: [{ name: 'default', sync: true }] }), /"default" not sync/)
  })
})
