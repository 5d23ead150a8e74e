#!/usr/bin/env node
// Parses on any Node with ES modules: checks the version before anything newer is loaded.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = [24, 15]
const home = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

/** A checkout and many projects pin their own Node as a dev dependency: run again with that one. */
function rerun() {
  const pinned = [home, process.cwd()].map((folder) =>
    path.join(folder, 'node_modules', 'node', 'bin', 'node'),
  )
  const node = process.env.TSRV_RERUN === undefined && pinned.find((file) => existsSync(file))
  if (!node) {
    console.error(
      `✖ tsrv needs Node >= ${NEEDED.join('.')}; this is ${process.version}. Install it, or run: npm i -D node@24`,
    )
    process.exitCode = 1
    return
  }
  const env = { ...process.env, TSRV_RERUN: '1' }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env,
  })
  // A terminal signals the child by itself; one process that is signalled alone passes it on.
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => {})
  child.on('error', (error) => {
    console.error(`✖ Cannot run ${node}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 128 + constants.signals[signal] : code
  })
}

if (isNewEnough(process.versions.node)) {
  module.enableCompileCache()
  // A checkout runs its sources; a stale build never wins.
  const main = existsSync(path.join(home, 'src')) ? '../src/cli/main.ts' : '../dist/cli/main.js'
  const cli = await import(main)
  process.exitCode = await cli.main(process.argv.slice(2))
} else {
  rerun()
}
