import assert from 'node:assert/strict'
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { it } from 'node:test'
import { LineWriter } from '../../../src/log/line-writer.ts'
import { divert } from '../../../src/log/prints.ts'

function streams() {
  const [own, taken]: [string[], string[]] = [[], []]
  const stream = new Writable({
    write: (chunk, _, done) => (own.push(String(chunk)), done()),
    writev: (chunks, done) => (own.push(...chunks.map(({ chunk }) => String(chunk))), done()),
  })
  const write = (bytes: Buffer, offset: number): number =>
    taken.push(bytes.toString()) && bytes.length - offset
  return { own, taken, stream, writer: new LineWriter({ write }) }
}

it('takes what a program prints, in order with its records and before the call returns', () => {
  const { own, taken, stream, writer } = streams()
  divert(stream, writer)
  writer.write('record\n')
  new Console(stream).log('printed %d', 1)
  stream.write('c3bc0a', 'hex')
  assert.deepEqual([taken, own], [['record\n', 'printed 1\n', 'ü\n'], []])
})

it('tells the program that its bytes are its own again, and copies them before', async () => {
  const { stream } = streams()
  let isFull = true
  const taken: string[] = []
  const writer = new LineWriter({
    write: (bytes) => (isFull ? 0 : (taken.push(bytes.toString()), bytes.length)),
  })
  divert(stream, writer)
  const bytes = Buffer.from('first\n')
  await new Promise((resolve) => stream.write(bytes, resolve))
  bytes.fill('x')
  isFull = false
  writer.flush()
  assert.deepEqual(taken, ['first\n'])
})

it('also takes what was held together, and gives the stream back', () => {
  const { own, taken, stream, writer } = streams()
  const giveBack = divert(stream, writer)
  stream.cork()
  stream.write('one\n')
  stream.write('two\n')
  stream.uncork()
  giveBack()
  stream.write('three\n')
  assert.deepEqual([taken, own], [['one\n', 'two\n'], ['three\n']])
})
