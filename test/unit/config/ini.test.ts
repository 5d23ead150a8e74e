/** INI files: our sections by our names and Swoole's, exact lines, and nothing cut or dropped in silence. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parse, stringify } from 'ini'
import { givenByIni } from '../../../src/config/ini.ts'
import { hasOwnSection, scanIni } from '../../../src/config/ini-scan.ts'

async function valuesOf(text: string): Promise<Record<string, unknown>> {
  const { given, problems } = await givenByIni(text, 'config.ini')
  assert.deepEqual(problems, [])
  return Object.fromEntries(given.map(({ key, value }) => [key, value]))
}

describe('an INI file', () => {
  it('R11: gives settings under their own names in [tsrv] and nested sections', async () => {
    const text = '[tsrv]\nport = 3000\ntasks.nice = 5\n[tsrv.tasks]\nbroker = memory\n'
    assert.deepEqual(await valuesOf(text), { port: '3000', 'tasks.nice': '5', 'tasks.broker': 'memory' })
  })

  it('R11: takes nested names as PHP writes them, and the folders that Resonance fills in', async () => {
    const text =
      '[tsrv]\ntasks[nice] = 5\ntasks[modules][] = %DM_APP_ROOT%/tasks/*.ts\ncontainer = "%DM_ROOT%/container.ts"\nname = 100%OFF%\n[listeners]\nTaskEvent[] = %DM_APP_ROOT%/log.ts\n'
    assert.deepEqual(await valuesOf(text), {
      'tasks.nice': '5',
      'tasks.modules': ['./app/tasks/*.ts'],
      container: './container.ts',
      name: '100%OFF%',
      listeners: { TaskEvent: ['./app/log.ts'] },
    })
  })

  it('R9: gives settings under the names of Swoole', async () => {
    const text =
      '[swoole]\nhost = 0.0.0.0\nport = 9501\nworker_num = 2\ntask_worker_num = 4\nlog_requests = true\nmax_wait_time = 3\ntask_enable_coroutine = true\n'
    assert.deepEqual(await valuesOf(text), {
      host: '0.0.0.0',
      port: '9501',
      workers: '2',
      taskWorkers: '4',
      'log.access': 'true',
      'processes.maxWaitTime': '3s',
      'tasks.coroutine': 'true',
    })
  })

  for (const [written, level] of [
    ['SWOOLE_LOG_DEBUG', 'debug'],
    ['SWOOLE_LOG_TRACE', 'trace'],
    ['SWOOLE_LOG_NOTICE', 'info'],
    ['SWOOLE_LOG_WARNING', 'warn'],
    ['SWOOLE_LOG_NONE', 'silent'],
    ['0', 'debug'],
    ['5', 'error'],
    ['warn', 'warn'],
    ['9', '9'],
  ] as const) {
    it(`R9: reads log_level = ${written} as ${level}`, async () => {
      assert.deepEqual(await valuesOf(`[swoole]\nlog_level = ${written}\n`), { 'log.level': level })
    })
  }

  it('takes one listener and a list of listeners, in any of our sections', async () => {
    const text =
      '[listeners]\nTaskEvent[] = ./a.ts\nTaskEvent[] = ./b.ts\n[swoole]\nTaskFinishEvent = ./c.ts\n[tsrv]\n"./e.ts#Made"[] = mailer\n'
    const { listeners } = await valuesOf(text)
    assert.deepEqual(listeners, {
      TaskEvent: ['./a.ts', './b.ts'],
      TaskFinishEvent: ['./c.ts'],
      './e.ts#Made': ['mailer'],
    })
  })

  it('tells the line of every listener', async () => {
    const { given } = await givenByIni(
      '[listeners]\n\n; a comment\nTaskEvent[] = ./a.ts\nTaskEvent[] = ./b.ts\n',
      'c',
    )
    assert.equal(given[0]?.lineOf?.('listeners.TaskEvent[1]'), 5)
    assert.equal(given[0]?.lineOf?.('listeners.TaskEvent'), 4)
  })

  it('R11: ignores what belongs to others, whatever stands there', async () => {
    const text =
      '[database]\npassword = a;b#c\n__proto__ = 1\ndefault[host] = x\n[other.tsrv]\nprt = 1\n[tsrv]\nport = 1\n'
    assert.deepEqual(await valuesOf(text), { port: '1' })
  })

  for (const line of ['name = a;b', 'name = a # b', 'name = "a" ; b', "name = 'a'#b", 'name = ; nothing']) {
    it(`refuses to cut ${line}`, async () => {
      const { problems } = await givenByIni(`[tsrv]\nport = 1\n${line}\n`, 'config.ini')
      assert.equal(problems.length, 1)
      assert.equal(problems[0]?.line, 3)
      assert.match(problems[0]?.message ?? '', /quote it/)
    })
  }

  it('leaves quoted and escaped signs alone', async () => {
    assert.deepEqual(await valuesOf('[tsrv]\nname = "a;b#c"\nhost = a\\;b\n'), { name: 'a;b#c', host: 'a;b' })
  })

  for (const text of [
    '[tsrv]\n__proto__ = 1',
    '[tsrv.constructor]\nport = 1',
    '[listeners]\nprototype = ./a.ts',
  ]) {
    it(`refuses the reserved name in ${JSON.stringify(text)}`, async () => {
      const { problems, given } = await givenByIni(text, 'config.ini')
      assert.deepEqual(given, [])
      assert.match(problems[0]?.message ?? '', /reserved/)
      assert.equal(problems[0]?.line, 2)
    })
  }

  it('R9: says which key of [tsrv] it does not know and what was probably meant', async () => {
    const { problems } = await givenByIni('[tsrv.tasks]\nmodls = ./x.ts\n', 'config.ini')
    assert.deepEqual(
      problems.map(({ line, key, message }) => ({ line, key, message })),
      [{ line: 2, key: 'tasks.modls', message: 'unknown key — did you mean "tasks.modules"?' }],
    )
  })

  it('only warns of keys of Swoole that mean nothing here', async () => {
    const { problems, warnings } = await givenByIni('[swoole]\nenable_coroutine = true\n', 'config.ini')
    assert.deepEqual(problems, [])
    assert.equal(warnings[0]?.key, 'enable_coroutine')
    assert.equal(warnings[0]?.line, 2)
  })

  it('takes the TLS keys of Swoole and its own as one setting, each part with its line', async () => {
    for (const text of [
      '[swoole]\nssl_cert_file = a.crt\nssl_key_file = a.key\nssl_passphrase = sesame\n',
      '[tsrv.http.tls]\ncert = a.crt\nkey = a.key\npassphrase = sesame\n',
      '[tsrv]\nhttp.tls.cert = a.crt\nhttp.tls.key = a.key\nhttp.tls.passphrase = sesame\n',
    ]) {
      const { given, problems, warnings } = await givenByIni(text, 'config.ini')
      assert.deepEqual([problems, warnings, given.length], [[], [], 1])
      assert.deepEqual(given[0]?.value, { cert: 'a.crt', key: 'a.key', passphrase: 'sesame' })
      assert.equal(given[0]?.lineOf?.('http.tls.key'), 3)
    }
  })

  it('R9: stops the start for TLS that it cannot honour, and takes an empty value as not given', async () => {
    const { given, problems } = await givenByIni(
      '[swoole]\nssl_verify_peer = true\nssl_cert_file =\nssl_key_file =\n',
      'config.ini',
    )
    assert.deepEqual(given, [])
    assert.equal(problems.length, 1)
    assert.deepEqual([problems[0]?.line, problems[0]?.key], [2, 'ssl_verify_peer'])
    assert.match(problems[0]?.message ?? '', /tsrv does not have this part of TLS.*have a proxy do TLS/)
  })

  it('warns when one key is given twice, and the later one counts', async () => {
    const { given, warnings } = await givenByIni('[tsrv]\nport = 1\nport = 2\n', 'config.ini')
    assert.equal(given[0]?.value, '2')
    assert.match(warnings[0]?.message ?? '', /twice.*line 2/)
  })

  it('warns of a setting that stands before any section', async () => {
    const { given, warnings } = await givenByIni('port = 1\nother = 2\n[tsrv]\nhost = a\n', 'config.ini')
    assert.deepEqual(
      given.map(({ key }) => key),
      ['host'],
    )
    assert.deepEqual(
      warnings.map(({ key, line }) => ({ key, line })),
      [{ key: 'port', line: 1 }],
    )
  })

  it('refuses a section header that others would silently take for a key', async () => {
    const { problems } = await givenByIni('[tsrv\nport = 1\n', 'config.ini')
    assert.match(problems[0]?.message ?? '', /expected \[section\]/)
  })

  it('takes a list setting as repeated keys', async () => {
    assert.deepEqual(await valuesOf('[tsrv.tasks]\nmodules[] = ./a.ts\nmodules[] = ./b.ts\n'), {
      'tasks.modules': ['./a.ts', './b.ts'],
    })
  })

  it('reads values as the ini package does', async () => {
    const texts = fc.string({ minLength: 1 }).filter((text) => !/[;#\r\n]/.test(text))
    await fc.assert(
      fc.asyncProperty(texts, async (value) => {
        const text = stringify({ tsrv: { name: value } })
        const { entries } = await scanIni(text)
        const theirs: string | boolean | null = parse(text)['tsrv'].name
        assert.equal(entries[0]?.value, theirs === null ? undefined : String(theirs))
      }),
    )
  })
})

describe('hasOwnSection', () => {
  it('knows [tsrv], [swoole] and their parts, and no other section', () => {
    for (const text of ['[tsrv]', ' [swoole]', 'a=1\n[tsrv.tasks]\n']) assert.ok(hasOwnSection(text), text)
    for (const text of ['[app]', '; [tsrv]', '[tsrvx]', '', '[listeners]'])
      assert.ok(!hasOwnSection(text), text)
  })
})
