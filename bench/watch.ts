/** How long a saved file takes in watch mode until answers are new: the first one, and all of them. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startServer } from './running-server.ts'
import { show, spreadOf } from './statistics.ts'

const ROUNDS = 15
/** Milliseconds between two saves, as of a developer: spare workers are ready again. */
const THOUGHT = 2500
/** New answers in a row, on connections of their own, after which no worker has old code. */
const ALL = 12

const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-bench-watch-'))
cpSync(path.resolve(import.meta.dirname, '../test/fixtures/plain-app'), dir, { recursive: true })
// It is TypeScript that developers save.
rmSync(path.join(dir, 'app.js'))

function save(version: number): void {
  writeFileSync(path.join(dir, 'app.ts'), `export default () => new Response('${version}')`)
}

function ask(url: string): Promise<string> {
  return new Promise((resolve) => {
    http
      .get(url, { agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.once('end', () => resolve(text))
      })
      .once('error', () => resolve(''))
  })
}

/** Milliseconds until the first answer of this version, and until there is no other any more. */
async function untilAnswered(url: string, version: number): Promise<{ first: number; all: number }> {
  const savedAt = performance.now()
  let first: number | undefined
  for (let inARow = 0, all = 0; ;) {
    const isNew = (await ask(url)) === String(version)
    const passed = performance.now() - savedAt
    if (isNew) first ??= passed
    if (isNew && inARow === 0) all = passed
    inARow = isNew ? inARow + 1 : 0
    if (first !== undefined && inARow === ALL) return { first, all }
  }
}

async function measure(workers: number): Promise<string> {
  save(0)
  await using server = await startServer(dir, ['--watch', '-w', String(workers)])
  const [first, all]: [number[], number[]] = [[], []]
  for (let round = 1; round <= ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve, THOUGHT))
    save(round)
    const taken = await untilAnswered(server.url, round)
    first.push(taken.first)
    all.push(taken.all)
  }
  return `| ${workers} | ${show(spreadOf(first))} | ${show(spreadOf(all))} |`
}

console.log(
  `| HTTP workers | first new answer, ms, median (min–max) of ${ROUNDS} saves | no old answer any more |`,
)
console.log('|---|---|---|')
for (const workers of [1, 2, 4]) console.log(await measure(workers))
rmSync(dir, { recursive: true })
