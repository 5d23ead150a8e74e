import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { LineWriter } from '../../../src/log/line-writer.ts'
import { until } from '../../until.ts'

function failing(code: string): never {
  throw Object.assign(new Error(code), { code })
}

/** An outlet that takes as many bytes at a time as it is told. */
function sink(take: (length: number) => number = (length) => length) {
  const writes: string[] = []
  const write = (bytes: Buffer, offset: number): number => {
    const taken = take(bytes.length - offset)
    writes.push(bytes.subarray(offset, offset + taken).toString('latin1'))
    return taken
  }
  const text = (): string => Buffer.from(writes.join(''), 'latin1').toString()
  return { write, writes, text }
}

it('writes the lines of one turn together, after the turn', async () => {
  const { write, writes } = sink()
  const writer = new LineWriter({ write })
  writer.write('one\n')
  writer.write('two\n')
  assert.deepEqual(writes, [])
  await turn()
  assert.deepEqual(writes, ['one\ntwo\n'])
})

it('writes the lines so far in the middle of a turn when it has to hurry, without waiting for a full reader', async () => {
  let full = 0
  const { write, writes, text } = sink((length) => (full-- > 0 ? 0 : length))
  const writer = new LineWriter({ write })
  writer.write('one\n')
  writer.hurry()
  writer.hurry()
  assert.deepEqual(writes, ['one\n'])
  full = 1
  writer.write('two\n')
  writer.hurry()
  assert.equal(text(), 'one\n')
  await until(
    () => text() === 'one\ntwo\n',
    'the rest',
    () => text(),
  )
})

it('writes whole lines of at most 4096 bytes at a time, in order, whatever the reader takes', () => {
  const lines = fc.array(
    fc.string({ maxLength: 3000, unit: 'binary-ascii' }).map((text) => `${text.replaceAll('\n', ' ')}\n`),
  )
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 5000 }), (given, most) => {
      const { write, writes, text } = sink((length) => Math.min(length, most))
      const writer = new LineWriter({ write })
      for (const line of given) writer.write(line)
      writer.flush()
      assert.equal(text(), given.join(''))
      if (most === 5000) assert.ok(writes.every((piece) => piece.endsWith('\n') && piece.length <= 4096))
    }),
    { numRuns: 50 },
  )
})

it('writes each line at once when it is eager, and in order also after the reader was full', async () => {
  let full = 0
  const { write, writes, text } = sink((length) => (full-- > 0 ? 0 : length))
  const writer = new LineWriter({ write }, { isEager: true })
  writer.write('one\n')
  writer.write('two\n')
  assert.deepEqual(writes, ['one\n', 'two\n'])
  full = 1
  writer.write('three\n')
  writer.write('four\n')
  await until(() => text() === 'one\ntwo\nthree\nfour\n', 'the other lines')
})

it('tries again later when the reader is full, and loses nothing', async () => {
  let full = 3
  const { write, text } = sink((length) => (full-- > 0 ? 0 : length))
  const writer = new LineWriter({ write })
  writer.write('patience\n')
  await until(() => text() === 'patience\n', 'the line')
})

it('gives up at once when the reader is gone', () => {
  let writes = 0
  const writer = new LineWriter(
    { write: () => (writes++, failing('EPIPE')) },
    { sleep: () => assert.fail('it waits') },
  )
  writer.write('nobody reads\n')
  writer.flush()
  writer.write('nor this\n')
  writer.flush()
  assert.equal(writes, 1)
})

it('ends its last flush when the reader stays full', () => {
  const began = performance.now()
  const writer = new LineWriter(
    { write: () => 0 },
    { sleep: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms) },
  )
  writer.write('late\n')
  writer.flush()
  const patience = performance.now() - began
  assert.ok(patience >= 400, `${patience} ms`)
  const again = performance.now()
  writer.flush()
  assert.ok(performance.now() - again < 400, 'it waits once')
})

for (const isEager of [false, true]) {
  it(`drops what comes while the reader is far behind, and tells how much${isEager ? ' (eager)' : ''}`, async () => {
    let isFull = true
    const { write, text } = sink((length) => (isFull ? 0 : length))
    const format = (record: string): string => record.replace('"warn"', '"formatted"')
    const writer = new LineWriter({ write }, { isEager, format })
    const line = `${'x'.repeat(4000)}\n`
    for (let n = 0; n < 2200; n++) writer.write(line)
    isFull = false
    await until(() => text().includes('dropped'), 'the count, without another line')
    const records = text().split('\n')
    const last = JSON.parse(records.at(-2) ?? '') as { dropped: number; level: string }
    assert.equal(last.dropped + records.length - 2, 2200)
    assert.equal(last.level, 'formatted')
  })
}

it('writes what a program prints at once, after the lines before, and holds it back with them', async () => {
  let full = 0
  const { write, writes, text } = sink((length) => (full-- > 0 ? 0 : length))
  const writer = new LineWriter({ write })
  writer.write('one\n')
  writer.print(Buffer.from('two '))
  assert.deepEqual(writes, ['one\n', 'two '])
  full = 1
  writer.print(Buffer.from('three\n'))
  writer.write('four\n')
  writer.print(Buffer.from(''))
  await until(() => text() === 'one\ntwo three\nfour\n', 'the other lines')
})
