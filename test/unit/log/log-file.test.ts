import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it, type TestContext } from 'node:test'
import { LogFile, requireLogFile } from '../../../src/log/log-file.ts'

interface Setting {
  readonly file: string
  readonly log: LogFile
  /** Milliseconds on the clock of the log. */
  readonly pass: (ms: number) => void
  readonly write: (text: string) => number
  readonly read: (name?: string) => string
}

function setting(t: TestContext, options: { write?: (fd: number) => number } = {}): Setting {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-log-'))
  const file = path.join(dir, 'sub', 'app.log')
  let now = 0
  const log = new LogFile(file, { now: () => now, ...options })
  t.after(() => {
    log.close()
    rmSync(dir, { recursive: true })
  })
  return {
    file,
    log,
    pass: (ms) => void (now += ms),
    write: (text) => log.write(Buffer.from(text), 0),
    read: (name = file) => readFileSync(name, 'utf8'),
  }
}

it('appends, and makes the file and its folder for its user and group alone', (t) => {
  const { file, write, read } = setting(t)
  assert.equal(write('one\n'), 4)
  assert.equal(write('two\n'), 4)
  assert.equal(read(), 'one\ntwo\n')
  const umask = process.umask()
  assert.equal(statSync(file).mode & 0o777, 0o640 & ~umask)
  assert.equal(statSync(path.dirname(file)).mode & 0o777, 0o750 & ~umask)
})

it('goes on in a new file of the same mode within a second after the old one was moved', (t) => {
  const { file, write, pass, read } = setting(t)
  write('one\n')
  chmodSync(file, 0o600)
  renameSync(file, `${file}.1`)
  pass(999)
  write('two\n')
  pass(1)
  write('three\n')
  assert.deepEqual([read(`${file}.1`), read()], ['one\ntwo\n', 'three\n'])
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

it('goes on in the file that another process has made', (t) => {
  const { file, write, pass, read } = setting(t)
  write('one\n')
  renameSync(file, `${file}.1`)
  appendFileSync(file, 'theirs\n')
  pass(1000)
  write('two\n')
  assert.equal(read(), 'theirs\ntwo\n')
})

it('ends a piece where it was begun', (t) => {
  const { log, file, write, pass, read } = setting(t)
  write('begin')
  renameSync(file, `${file}.1`)
  pass(5000)
  assert.equal(log.write(Buffer.from('begin of it, and end\n'), 5), 16)
  write('next\n')
  assert.deepEqual([read(`${file}.1`), read()], ['begin of it, and end\n', 'next\n'])
})

it('may be truncated, without holes', (t) => {
  const { file, write, read } = setting(t)
  write('one\n')
  truncateSync(file)
  write('two\n')
  assert.equal(read(), 'two\n')
})

it('stays with the old file while there cannot be a new one', (t) => {
  const { file, write, pass, read } = setting(t)
  write('one\n')
  renameSync(file, `${file}.1`)
  mkdirSync(file)
  pass(1000)
  write('two\n')
  assert.equal(read(`${file}.1`), 'one\ntwo\n')
  rmSync(file, { recursive: true })
  pass(1000)
  write('three\n')
  assert.equal(read(), 'three\n')
})

it('takes nothing while the disk is full, and tries again four times a second', (t) => {
  let tries = 0
  let isFull = true
  const { write, pass } = setting(t, {
    write: () => {
      tries++
      if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      return 4
    },
  })
  for (let ms = 0; ms < 1000; ms += 10, pass(10)) assert.equal(write('one\n'), 0)
  assert.equal(tries, 4)
  isFull = false
  assert.equal(write('one\n'), 4)
})

it('takes nothing while it cannot be opened, and everything after', (t) => {
  const { file, write, pass, read, log } = setting(t)
  mkdirSync(file, { recursive: true })
  assert.equal(write('one\n'), 0)
  assert.equal(log.descriptor(), undefined)
  rmSync(file, { recursive: true })
  pass(250)
  assert.equal(write('one\n'), 4)
  assert.equal(read(), 'one\n')
})

it('has a descriptor of the file that has the name now', (t) => {
  const { log, file, write } = setting(t)
  write('one\n')
  renameSync(file, `${file}.1`)
  const fd = log.descriptor()
  assert.ok(fd !== undefined)
  appendFileSync(fd, 'from elsewhere\n')
  assert.equal(readFileSync(file, 'utf8'), 'from elsewhere\n')
})

it('is refused with its reason when it cannot be written at the start', (t) => {
  const { file } = setting(t)
  requireLogFile(file)
  assert.equal(readFileSync(file, 'utf8'), '')
  assert.throws(() => requireLogFile(path.dirname(file)), {
    code: 'TSRV_LOG_FILE_UNUSABLE',
    message: /^Cannot write the log file .*sub: EISDIR/,
  })
})
