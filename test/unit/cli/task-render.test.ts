import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { progressText } from '../../../src/cli/render/progress.ts'
import { tableLines } from '../../../src/cli/render/table.ts'
import { taskListText } from '../../../src/cli/render/task-list.ts'
import { printRun } from '../../../src/cli/render/task-run.ts'
import { taskText } from '../../../src/cli/render/task-show.ts'
import { cut, widthOf } from '../../../src/cli/render/text-width.ts'
import { age, relative, took } from '../../../src/cli/render/time.ts'
import type { ListedTask, TaskDetails } from '../../../src/wire/task-questions.ts'
import { printed } from './printed.ts'

const NOW = Date.parse('2026-11-21T10:00:00Z')

function task(fields: Partial<ListedTask> = {}): ListedTask {
  return {
    id: 1,
    name: 'Mail',
    queue: 'default',
    status: 'completed',
    priority: 0,
    sender: 'http:0',
    attempt: 1,
    crashes: 0,
    createdAt: NOW - 90_000,
    runAt: NOW - 90_000,
    updatedAt: NOW,
    duration: 12,
    ...fields,
  }
}

function list(tasks: readonly ListedTask[], next?: string): string {
  return stripVTControlCharacters(taskListText({ tasks, ...(next !== undefined && { next }) }, false, NOW))
}

describe('a table', () => {
  const columns = [{ title: 'ID' }, { title: 'NAME', least: 4 }, { title: 'ERROR', least: 6 }]
  const rows = [
    [{ text: '1' }, { text: 'a name' }, { text: 'a rather long error' }],
    [{ text: '200' }, { text: 'b' }, { text: '' }],
  ]

  it('has straight columns', () => {
    assert.deepEqual(tableLines(columns, rows, Infinity), [
      'ID   NAME    ERROR',
      '1    a name  a rather long error',
      '200  b',
    ])
  })

  it('fits the terminal: the longest column gives way first', () => {
    const lines = tableLines(columns, rows, 22)
    assert.equal(lines[1], '1    a name  a rather…')
    for (const width of [16, 18, 20, 25])
      for (const line of tableLines(columns, rows, width)) assert.ok(widthOf(line) <= Math.max(width, 17))
  })

  it('knows letters that take two cells, and those that take none', () => {
    assert.deepEqual([widthOf('日本'), widthOf('e\u0301'), widthOf('🚀')], [4, 1, 2])
    assert.equal(cut('日本語', 5), '日本…')
    assert.equal(cut('日本語', 4), '日…')
  })
})

describe('times', () => {
  it('are said as people say them', () => {
    assert.deepEqual(
      [NOW, NOW - 12_000, NOW - 3 * 60_000, NOW - 26 * 3_600_000, NOW + 7200_000].map((at) =>
        relative(at, NOW),
      ),
      ['just now', '12s ago', '3m ago', '1d ago', 'in 2h'],
    )
    assert.deepEqual([0.42, 12.4, 3200, 123_000].map(took), ['0.4 ms', '12 ms', '3.2 s', '2m 3s'])
    assert.equal(age(3_900_000), '1h 5m')
  })
})

describe('progress', () => {
  it('is a bar on a terminal, and a number in a pipe', () => {
    const half = { completion: 1, target: 2, message: 'reading' }
    assert.equal(progressText(half, true), '█████░░░░░  50% reading')
    assert.equal(progressText(half, false), '50% reading')
  })

  it('never leaves its bar, and is a plain number without a target', () => {
    assert.equal(progressText({ completion: 5, target: 2 }, true), '██████████ 100%')
    assert.equal(progressText({ completion: -1, target: 2 }, true), '░░░░░░░░░░   0%')
    assert.equal(progressText({ completion: 7 }, true), '7')
    assert.equal(progressText({ completion: 7, target: 0 }, true), '7')
  })
})

describe('the list of tasks', () => {
  it('says so when it is empty', () => {
    assert.equal(list([]), 'No tasks yet.')
    assert.equal(taskListText({ tasks: [] }, true, NOW), 'No task matches.')
  })

  it('leaves out columns in which nothing would be', () => {
    assert.deepEqual(list([task()]).split('\n'), [
      'ID  NAME  STATUS     SENT    TOOK',
      '1   Mail  completed  1m ago  12 ms',
    ])
  })

  it('shows attempts, progress, labels and errors where there are any', () => {
    const text = list([
      task({ status: 'failed', reason: 'timed_out', attempt: 2, error: 'Error: no\nroom', label: 'cat' }),
      task({ id: 2, status: 'running', startedAt: NOW - 3000, progress: { completion: 1, target: 4 } }),
      task({ id: 3, status: 'enqueued', runAt: NOW + 60_000 }),
    ])
    assert.match(text, /failed, timed out +2 +1m ago +12 ms +cat +Error: no room/)
    assert.match(text, /running +25% +1m ago +3\.0 s/)
    assert.match(text, /enqueued, in 1m/)
  })

  it('says how to see the rest', () => {
    assert.match(list([task()], 'abc'), /There are more: --cursor abc, or --all$/)
  })

  it('lets no name steer the terminal', () => {
    assert.equal(
      taskListText({ tasks: [task({ name: 'a\u001b[2J' })] }, false, NOW).includes('\u001b[2J'),
      false,
    )
  })
})

describe('one task', () => {
  it('is shown with data and error, each line of them indented', () => {
    const text = stripVTControlCharacters(
      taskText(
        {
          ...task({ status: 'failed', error: 'Error: no' }),
          data: '{\n  a: 1\n}',
          failure: 'Error: no\n    at run',
        },
        NOW,
      ),
    )
    assert.match(text, /^Task 1 {2}Mail {2}failed\n/)
    assert.match(text, /\nData\n {2}\{\n {4}a: 1\n {2}\}\nError\n {2}Error: no\n {6}at run$/)
    assert.doesNotMatch(text, /last error|Result/)
  })

  it('names the error of its last attempt while it waits for the next one', () => {
    const text = taskText({ ...task({ status: 'enqueued', error: 'Error: no' }), data: '1' }, NOW)
    assert.match(stripVTControlCharacters(text), /last error Error: no/)
  })
})

describe('a task that was run from the command line', () => {
  const said = (t: TestContext, fields: Partial<TaskDetails>): string =>
    stripVTControlCharacters(printed(t, () => printRun({ ...task(), data: '', ...fields })))

  it('T30: says what it returned, or what it failed with', (t) => {
    assert.equal(said(t, { result: '3' }), '✓ Task 1 completed in 12 ms\n3\n')
    const failed = { status: 'failed', error: 'RangeError: far' } as const
    assert.equal(
      said(t, { ...failed, failure: 'RangeError: far\n    at x.ts:1' }),
      '✖ Task 1 failed in 12 ms\nRangeError: far\n    at x.ts:1\n',
    )
  })

  it('T20, T30: says which of its parts failed, though it did not', (t) => {
    const failed = { status: 'failed', reason: 'child_failed', error: 'Child task 2 failed' } as const
    assert.equal(said(t, { ...failed, result: "'sent'" }), '✖ Task 1 failed in 12 ms\nChild task 2 failed\n')
  })
})
