/** How long `tsrv start` takes until the first answer: the template "tasks", started again and again. */
import { spawn } from 'node:child_process'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { show, spreadOf } from './statistics.ts'

const ROUNDS = 15
const root = path.resolve(import.meta.dirname, '..')

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function firstAnswer(port: number): Promise<void> {
  return new Promise((resolve) => {
    const ask = (): void => {
      http
        .get({ host: '127.0.0.1', port, agent: false }, (response) => response.resume().once('end', resolve))
        .once('error', () => setTimeout(ask, 1))
    }
    ask()
  })
}

async function measure(): Promise<number> {
  const port = await freePort()
  const startedAt = performance.now()
  const args = [path.join(root, 'bin/tsrv.js'), 'start', '-w', '2', '-t', '2', '--port', String(port)]
  const child = spawn(process.execPath, args, { cwd: path.join(root, 'templates/tasks'), stdio: 'ignore' })
  await firstAnswer(port)
  const taken = performance.now() - startedAt
  child.kill('SIGTERM')
  await new Promise((resolve) => child.once('exit', resolve))
  return taken
}

await measure()
const times: number[] = []
for (let round = 0; round < ROUNDS; round++) times.push(await measure())
console.log(`| tsrv start -w 2 -t 2 until the first 200, ms, median (min–max) of ${ROUNDS} |\n|---|`)
console.log(`| ${show(spreadOf(times))} |`)
