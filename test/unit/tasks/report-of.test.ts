/** Reports: what they are made of, when a task fails by one, and how they are shown. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TsrvError } from '../../../src/errors.ts'
import { reportOf } from '../../../src/tasks/report-of.ts'
import { reportText } from '../../../src/tasks/office/report-text.ts'
import { requireNoError } from '../../../src/tasks/task-worker/reported-error.ts'
import { packError, unpackError } from '../../../src/tasks/task-error.ts'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { Report } from '../../../src/wire/report.ts'
import { NO_TAGS, type Tags } from '../../../src/wire/tags.ts'

const TAGS: Tags = {
  tagOf: (exported) => (exported === Report ? Report.taskName : undefined),
  exportOf: (tag) => (tag === Report.taskName ? Report : undefined),
}

const MIXED = Report.info('Import', { file: 'a.csv' }).add(
  Report.success('row 1', 1),
  Report.warning('row 2').add(Report.error('no name', { column: 3 })),
)

const END = { id: 7, duration: 1, attempt: 1 }

function errorOf(report: Report): TsrvError {
  try {
    requireNoError(7, report)
  } catch (error) {
    return error as TsrvError
  }
  throw new Error('the report was taken for a success')
}

describe('a report', () => {
  it('T16: is a tree that travels and comes back as a Report', () => {
    const back = decodePayload(encodePayload(MIXED, TAGS), TAGS)
    assert.ok(back instanceof Report)
    assert.deepEqual(back.toJSON(), MIXED.toJSON())
    assert.deepEqual(Report.from(MIXED.toJSON()), MIXED)
  })

  it('T16: with an error anywhere inside makes the task fail, and goes with the error over the wire', () => {
    const error = errorOf(MIXED)
    assert.equal(error.code, 'TSRV_TASK_REPORTED_ERROR')
    assert.equal(error.message, 'Task 7 reported errors: no name')
    const received = unpackError(packError(error, NO_TAGS), NO_TAGS)
    const report = reportOf({ ...END, state: 'failed', error: received })
    assert.deepEqual(report.toJSON(), MIXED.toJSON())
  })

  it('T16: without an error is a success, whatever it warns of', () => {
    assert.doesNotThrow(() => requireNoError(7, Report.warning('odd')))
    assert.doesNotThrow(() => requireNoError(7, 'a plain value'))
  })

  it('T16: is made of a plain value, and of the reason of any other end', () => {
    assert.deepEqual(reportOf({ ...END, state: 'completed', value: 12 }).toJSON(), {
      type: 'success',
      message: 'Task 7 completed',
      data: 12,
    })
    assert.equal(reportOf({ ...END, state: 'completed', value: MIXED }), MIXED)
    const failed = reportOf({ ...END, state: 'failed', error: new RangeError('out') })
    assert.deepEqual(
      failed.withType('error').map(({ message }) => message),
      ['Task 7 failed', 'out'],
    )
    assert.ok(reportOf({ ...END, state: 'cancelled' }).hasError)
    assert.equal(reportOf({ ...END, state: 'duplicate', duplicateOf: 3 }).type, 'info')
  })

  it('keeps its messages when some data of it cannot travel with an error', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const report = Report.info('circle', circle).add(Report.error('no', { n: 1n }), Report.error('yes', [1]))
    const { report: sent } = errorOf(report) as TsrvError & { report?: unknown }
    assert.deepEqual(sent, {
      type: 'info',
      message: 'circle',
      children: [
        { type: 'error', message: 'no' },
        { type: 'error', message: 'yes', data: [1] },
      ],
    })
  })

  it('is shown as lines', () => {
    assert.equal(
      reportText(MIXED.toJSON()),
      ['· Import  {"file":"a.csv"}', '  ✓ row 1  1', '  ⚠ row 2', '    ✖ no name  {"column":3}'].join('\n'),
    )
  })
})
