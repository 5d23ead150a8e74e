// The app that every contender of the benchmark runs: an ordinary program that makes a server and listens, with the
// few lines that each of them asks for in its documentation.
import { createServer } from 'node:http'

/** What Watt calls; it listens and closes by itself. */
export function create() {
  return createServer((request, response) => {
    const ms = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('ms'))
    if (ms > 0) setTimeout(() => response.end('done'), ms)
    else response.end('done')
  })
}

if (globalThis.platformatic === undefined) {
  const server = create().listen(Number(process.env.PORT), '127.0.0.1', () => {
    // What PM2 waits for with wait_ready.
    if (process.env.pm_id !== undefined) process.send('ready')
  })
  // How PM2 tells an app to end gracefully; tsrv drains the server by itself and never sends it.
  if (process.env.pm_id !== undefined) process.on('SIGINT', () => server.close(() => process.exit(0)))
}
