/**
 * What a program prints (`console.log()`) goes the way of the records: in order with them, into the file that takes the
 * place of one that was moved, and without waiting for a reader. Node alone would wait for a terminal that is held, and
 * keep without limit what a stopped reader of a pipe does not take.
 */
import { fstatSync } from 'node:fs'
import type { Writable } from 'node:stream'
import type { LineWriter } from './line-writer.ts'

/** @returns gives the stream back to Node */
export function divert(stream: Writable, to: LineWriter): () => void {
  const write: Writable['_write'] = (chunk: string | Buffer, encoding, done) => {
    // The program may use its bytes again.
    to.print(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk))
    done()
  }
  const before = OWN.map((name) => [name, Object.getOwnPropertyDescriptor(stream, name)] as const)
  // Hides what the class of the stream does.
  Object.assign(stream, { _write: write, _writev: null })
  return () => {
    for (const [name, property] of before) {
      if (property === undefined) Reflect.deleteProperty(stream, name)
      else Object.defineProperty(stream, name, property)
    }
  }
}

const OWN = ['_write', '_writev'] as const

/** One pipe, terminal or file as both, as after `2>&1`. */
export function isOneOutput(): boolean {
  const [out, err] = [identity(1), identity(2)]
  return out !== undefined && out === err
}

function identity(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    // It was closed by whoever started this process.
    return undefined
  }
}
