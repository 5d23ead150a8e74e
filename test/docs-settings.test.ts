/** Settings and commands in README and docs are real: a renamed key, flag or verb fails here. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { type Command, CommanderError } from 'commander'
import { createProgram } from '../src/cli/program.ts'
import { loadConfig } from '../src/config/load.ts'
import { EVENT_NAMES } from '../src/events/catalogue.ts'
import {
  type Block,
  blocks,
  blocksOf,
  DOCUMENTS,
  ROOT,
  place,
  temporary,
  textOf,
  write,
} from './document-blocks.ts'

/** The file that a block of settings would be. */
const FILE_NAMES: Readonly<Record<string, string>> = {
  ini: 'config.ini',
  json: 'tsrv.config.json',
  yaml: 'tsrv.config.yaml',
  js: 'tsrv.config.js',
  ts: 'tsrv.config.ts',
}

describe('the settings in the documents', () => {
  for (const block of blocks.filter(isConfig)) {
    it(`are read without a word: ${place(block)}`, async () => assert.deepEqual(await settingsOf(block), []))
  }

  it('would be noticed if they were wrong', async () => {
    const text = [
      ['ini', '[tsrv]\nprot = 1'],
      ['yaml', 'prot: 1'],
      ['json', '{ "prot": 1 }'],
      ['json', '{ "name": "x", "tsrv": { "prot": 1 } }'],
      ['js', 'export default { prot: 1 }'],
      ['ts', "import { defineConfig } from '@tsrv/server'\nexport default defineConfig({ prot: 1 } as {})"],
    ].map(([language, content]) => `\`\`\`${language}\n${content}\n\`\`\`\n`)
    const wrong = blocksOf('x.md', text.join('\n'))
    assert.equal(wrong.filter(isConfig).length, text.length)
    for (const block of wrong)
      assert.match(String(await settingsOf(block)), /did you mean "port"/, block.text)
  })
})

describe('the commands in the documents', () => {
  for (const block of blocks.filter(({ language }) => language === 'sh')) {
    it(`are understood: ${place(block)}`, () => {
      assert.deepEqual(complaintsAbout(block.text), [])
      assert.equal(spawnSync('sh', ['-n'], { input: block.text }).status, 0, 'is valid shell')
    })
  }

  for (const document of DOCUMENTS) {
    it(`exist where the text speaks of them: ${document}`, () => {
      const synopses = [...textOf(document).matchAll(/`(?:npx )?tsrv ([a-z][^`]*)`/g)].map(
        ([, text = '']) => text,
      )
      assert.deepEqual(
        synopses.filter((synopsis) => !isKnown(synopsis)),
        [],
      )
    })
  }

  it('would be noticed if they were wrong', () => {
    const wrong = [
      'tsrv strat',
      'npx tsrv stop --now # all of it',
      'PORT=1 tsrv start -w',
      'tsrv stop --timeout soon',
      'tsrv stop x',
      'true && eval "$(tsrv completion cobol)"',
      'npm run nothing',
      'node bench/nothing.ts',
    ]
    for (const line of wrong) assert.equal(complaintsAbout(line).length, 1, line)
    for (const synopsis of ['strat', 'stop [--timeout s|--now]', 'reload -x'])
      assert.ok(!isKnown(synopsis), synopsis)
    assert.ok(isKnown('stop [--timeout s\\|--force]'))
  })
})

describe('a block of code in the documents', () => {
  it('is in a language that a test understands', () => {
    const others = blocks.filter((block) => !isConfig(block) && !['sh', 'ts'].includes(block.language))
    // What users come from is not ours to run.
    const foreign = others.filter(
      ({ document, language }) => language === 'php' && document.startsWith('docs/migrating/'),
    )
    assert.deepEqual(others.filter((block) => !foreign.includes(block)).map(place), [])
  })
})

function isConfig({ language, text }: Block): boolean {
  return language === 'ts' ? text.includes('defineConfig(') : language in FILE_NAMES
}

/** What there is to say of the settings; without an entry they are read, and set something. */
async function settingsOf({ language, text }: Block): Promise<unknown[]> {
  using folder = temporary()
  const isPackage = language === 'json' && Object.hasOwn(JSON.parse(text) as object, 'tsrv')
  write(folder.dir, 'package.json', isPackage ? text : '{ "type": "module" }')
  if (!isPackage) write(folder.dir, FILE_NAMES[language] ?? 'tsrv.config', text)
  try {
    const { warnings, origins } = await loadConfig({
      file: undefined,
      flags: {},
      overrides: [],
      cwd: folder.dir,
      command: 'config',
      events: EVENT_NAMES,
      env: {},
    })
    const isSet = [...origins.values()].some(({ kind }) => kind === 'file')
    return isSet ? [...warnings] : ['nothing is set']
  } catch (error) {
    return [error]
  }
}

/** Of the lines of a shell script: each that calls for a command, option, value or script that does not exist. */
function complaintsAbout(script: string): string[] {
  const calls = script.split('\n').flatMap((line) => line.replace(/(?:^|\s)#.*/, '').split(/&&|\|\||[|;>()]/))
  return calls.flatMap((call) => {
    const [first = '', ...words] = call
      .replace(/^\s*(?:\w+=\S* |npx )*/, '')
      .trim()
      .split(/\s+/)
    return complaintAbout(first, words) ?? []
  })
}

function complaintAbout(program: string, words: readonly string[]): string | undefined {
  switch (program) {
    case 'tsrv':
    case '@tsrv/server':
      return refusalOf(words)
    case 'node':
      return existsSync(path.join(ROOT, String(words[0]))) ? undefined : `no file ${words[0]}`
    case 'npm':
      return scriptOf(words) in scripts() ? undefined : `no script ${scriptOf(words)}`
    default:
      return undefined
  }
}

/** What the command line itself says of a call; nothing is carried out. */
function refusalOf(words: readonly string[]): string | undefined {
  const program = createProgram({ exitCode: 0 })
  for (const command of allOf(program)) {
    command.configureOutput({ writeErr() {}, writeOut() {} })
    if (command.commands.length === 0) command.action(() => {})
  }
  try {
    program.parse([...words], { from: 'user' })
    return undefined
  } catch (error) {
    return error instanceof CommanderError && error.exitCode === 0 ? undefined : String(error)
  }
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}

/** A call as prose and tables have it, `reload [-w n] [--http|--tasks]`: its verbs and options exist. */
function isKnown(synopsis: string): boolean {
  const words = synopsis.split(/[\s[\]\\|]+/)
  let command: Command = createProgram({ exitCode: 0 })
  for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command
  const known = new Set(['--help', ...command.options.flatMap(({ short, long }) => [short, long])])
  return command.parent !== null && words.every((word) => !word.startsWith('-') || known.has(word))
}

function scriptOf([first = '', second = '']: readonly string[]): string {
  if (first === 'run') return second
  return first === 'start' || first === 'test' ? first : 'prepack'
}

function scripts(): object {
  return (JSON.parse(textOf('package.json')) as { scripts: object }).scripts
}
