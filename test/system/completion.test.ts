/** Tab in real shells: those that are installed. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { tsrv } from './project.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-completion-'))

/** What a shell offers at the end of a line. */
type Complete = (line: string) => string[]

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/completion')
const fixture = (name: string): string => path.join(FIXTURES, name)

const ARGUMENTS = {
  bash: (script: string, line: string) => [fixture('tab.bash'), script, ...line.split(/ |(?<==)|(?==)/)],
  zsh: (script: string, line: string) => ['-f', fixture('tab.zsh'), script, line],
  fish: (script: string, line: string) => ['--no-config', fixture('tab.fish'), script, line],
} as const

type Shell = keyof typeof ARGUMENTS

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0
}

function completeWith(shell: Shell, script: string): Complete {
  return (line) => {
    const args = ARGUMENTS[shell](script, line)
    const options = {
      cwd: dir,
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, HOME: dir },
    } as const
    const { stdout, stderr, status, error } = spawnSync(shell, args, options)
    assert.ok(error === undefined && stderr === '', `${shell}: ${status} ${stderr} ${error?.message ?? ''}`)
    return [...new Set(stdout.split('\n').map((word) => word.trim()))].filter((word) => word !== '').sort()
  }
}

before(() => {
  writeFileSync(path.join(dir, 'shop.config.ts'), '')
  writeFileSync(path.join(dir, 'shop two.config.ts'), '')
})
after(() => rmSync(dir, { recursive: true }))

for (const shell of Object.keys(ARGUMENTS) as Shell[]) {
  const skip = isInstalled(shell) ? false : `${shell} is not installed`
  describe(`Tab in ${shell}`, { skip }, () => {
    let complete: Complete = () => []

    before(async () => {
      const { stdout, code } = await tsrv(dir, ['completion', shell])
      assert.equal(code, 0)
      const script = path.join(dir, `tsrv.${shell}`)
      writeFileSync(script, stdout)
      complete = completeWith(shell, script)
    })

    it('completes commands', () => assert.deepEqual(complete('tsrv st'), ['start', 'status', 'stop']))

    it('completes options of the command that stands before', () => {
      assert.deepEqual(complete('tsrv logs --f'), ['--follow'])
      assert.deepEqual(complete('tsrv status --f'), [])
      assert.deepEqual(complete('tsrv stop -c x.ts --f'), ['--force'])
    })

    it('completes what may stand behind an option', () => {
      assert.deepEqual(complete('tsrv start -w a'), ['auto'])
      assert.deepEqual(complete('tsrv init --template t'), ['tasks'])
    })

    it('completes the names of settings behind -o', () => {
      assert.deepEqual(complete('tsrv start -o log.'), [
        'log.access=',
        'log.file=',
        'log.level=',
        'log.pretty=',
      ])
    })

    it('completes files behind -c, also those with a space', () => {
      const offered = complete('tsrv start -c shop')
        .map((name) => name.replaceAll('\\', ''))
        .sort()
      assert.deepEqual(offered, ['shop two.config.ts', 'shop.config.ts'])
    })

    it('completes choices of an argument', () => {
      assert.deepEqual(complete('tsrv completion f'), ['fish'])
      assert.deepEqual(complete('tsrv help relo'), ['reload'])
    })

    it('offers no second command', () => assert.deepEqual(complete('tsrv status st'), []))
  })
}
