import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { Command } from 'commander'
import { bashCompletion } from '../../../src/cli/completion/bash.ts'
import { fishCompletion } from '../../../src/cli/completion/fish.ts'
import { placesOf } from '../../../src/cli/completion/words.ts'
import { zshCompletion } from '../../../src/cli/completion/zsh.ts'
import { createProgram } from '../../../src/cli/program.ts'
import { templateNames } from '../../../src/cli/templates.ts'

/** With a verb that has verbs of its own, and texts that a shell could misread. */
function program(): Command {
  const task = new Command('task').description(`It's "all" about $(tasks): [one] or 'two'.`)
  task.command('list').description('List.').option('--state <state>', 'Which.')
  task.command('show').description('Show.').argument('<id>')
  return new Command('tsrv').addCommand(task)
}

describe('what may be typed', () => {
  it('has a place for each command, those below others as well', () => {
    const paths = placesOf(program()).map(({ path }) => path.join(' '))
    assert.deepEqual(paths, ['', 'task', 'task list', 'task show', 'task help', 'help'])
  })

  it('is every visible option of the program, and no hidden one', () => {
    const places = placesOf(createProgram({ exitCode: 0 }))
    const start = places.find(({ path }) => path.join(' ') === 'start')
    const names = start?.options.flatMap((option) => option.names) ?? []
    for (const name of ['-d', '--detach', '-w', '--workers', '-o', '--help'])
      assert.ok(names.includes(name), name)
    assert.equal(names.includes('--detached'), false)
  })

  it('is a file, a folder, a choice or a word of the help, as the option says', () => {
    const places = placesOf(createProgram({ exitCode: 0 }))
    const valueOf = (verb: string, option: string): unknown =>
      places.find(({ path }) => path[0] === verb)?.options.find(({ names }) => names.includes(option))?.value
    const words = (name: string, ...list: string[]): unknown => ({
      name,
      kind: 'words',
      words: list,
      isOpen: false,
    })
    assert.deepEqual(valueOf('stop', '-c'), { name: 'file', kind: 'files', words: [], isOpen: false })
    assert.deepEqual(valueOf('start', '-w'), words('n|auto', 'auto'))
    assert.deepEqual(valueOf('stop', '--timeout'), words('seconds'))
    assert.deepEqual(valueOf('init', '--template'), words('name', ...templateNames()))
    assert.equal(valueOf('stop', '--force'), undefined)
    assert.equal(places.find(({ path }) => path[0] === 'init')?.argument?.kind, 'folders')
  })
})

describe('the completion scripts', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-scripts-'))
  after(() => rmSync(dir, { recursive: true }))
  const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

  for (const [shell, script] of Object.entries(SCRIPTS)) {
    const skip = spawnSync(shell, ['-c', 'exit 0']).status === 0 ? false : `${shell} is not installed`
    it(`are valid ${shell}, whatever the descriptions say`, { skip }, () => {
      const file = path.join(dir, shell)
      writeFileSync(file, script(placesOf(program())))
      const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
      assert.deepEqual([status, stderr], [0, ''])
    })
  }

  it('go on below a verb that has verbs of its own', () => {
    const script = bashCompletion(placesOf(program()))
    const run = `${script}\nCOMP_WORDS=(tsrv task list --s); COMP_CWORD=3; _tsrv; echo "\${COMPREPLY[@]}"
      COMP_WORDS=(tsrv task ''); COMP_CWORD=2; _tsrv; echo "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync('bash', ['-c', run], { encoding: 'utf8' })
    assert.equal(stdout, '--state\nlist show help\n')
  })
})
