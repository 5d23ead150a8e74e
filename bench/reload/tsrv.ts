/** tsrv of this checkout, with its defaults. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { startServer } from '../running-server.ts'
import { command, type Contender, WORKERS } from './contender.ts'

const BIN = path.resolve(import.meta.dirname, '../../bin/tsrv.js')

export const tsrv: Contender = {
  name: 'tsrv reload',
  async start(dir, port) {
    const config = { app: './server.mjs', workers: WORKERS }
    writeFileSync(path.join(dir, 'tsrv.config.json'), JSON.stringify(config))
    const server = await startServer(dir, ['-o', `port=${port}`], { PORT: String(port) })
    return {
      reload: async () => void (await command(dir, [BIN, 'reload'])),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  },
}
