/** Tasks through the whole server: sent in one burst by an HTTP worker, run by task workers, finish event back. */
import { startServer } from './running-server.ts'
import { show, spreadOf } from './statistics.ts'

const ROUNDS = 5
const COUNT = 20_000

console.log(`| payload | task workers | tasks/s, median (min–max) of ${ROUNDS} | CPU µs per task |`)
console.log('|---|---|---|---|')
for (const taskWorkers of [1, 2, 4]) {
  for (const size of [16, 1024]) {
    await using server = await startServer('tasks-app', ['-w', '1', '-t', String(taskWorkers)])
    const burst = async (): Promise<number> => {
      const response = await fetch(`${server.url}/?count=${COUNT}&size=${size}`)
      const { total } = (await response.json()) as { total: number }
      return COUNT / (total / 1000)
    }
    await burst()
    const rates: number[] = []
    const cpuBefore = server.cpuSeconds()
    for (let round = 0; round < ROUNDS; round++) rates.push(await burst())
    const cpu = ((server.cpuSeconds() - cpuBefore) * 1e6) / (ROUNDS * COUNT)
    console.log(`| ${size} B | ${taskWorkers} | ${show(spreadOf(rates))} | ${cpu.toFixed(0)} |`)
  }
}
