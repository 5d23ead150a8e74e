#!/usr/bin/env node
// The command `tsrv`: the project's own copy of tsrv if it has one, else this one; under a Node that is new enough.
// Parses on any Node with ES modules: everything newer is imported after the check of the version.
import { existsSync, statSync } from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { leaveInitToShell } from './first-process.js'
import { findLocalCopy } from './local-copy.js'
import { isNewEnough, runUnderNewerNode } from './newer-node.js'

leaveInitToShell()

const self = fileURLToPath(import.meta.url)
const home = path.dirname(path.dirname(self))

// Before the check of the version, because the other copy may need another one; it makes the check itself.
const local = findLocalCopy(process.cwd(), self)
if (local.broken !== undefined) fail(`The project's own tsrv is broken: ${local.broken}`)
else if (local.bin !== undefined) await load(local.bin, local.home)
else if (isNewEnough(process.versions.node)) await run()
else runUnderNewerNode(self)

async function run() {
  delete process.env.TSRV_RERUN
  enableCompileCache()
  // A checkout runs its sources; a stale build never wins.
  const main = existsSync(path.join(home, 'src')) ? '../src/cli/main.ts' : '../dist/cli/main.js'
  const cli = await load(main, home)
  if (cli !== undefined) process.exitCode = await cli.main(process.argv.slice(2))
}

/** An installation that was interrupted, or a package that was deleted, is worth a word rather than a stack. */
async function load(file, installed) {
  try {
    return await import(file)
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    fail(`tsrv in ${installed} is incomplete: ${error.message}. Install it again.`)
    return undefined
  }
}

/**
 * In the run directory, once there is one; a checkout has a place of its own besides, as stripping types takes a while.
 * Node's default, a folder in the shared temp directory, could be made by another user first, who then decides what
 * code is run.
 */
function enableCompileCache() {
  const runDir = path.resolve(process.env.TSRV_RUN_DIR || '.tsrv')
  const packages = path.join(home, 'node_modules')
  if (isOurs(runDir)) module.enableCompileCache(path.join(runDir, 'cache'))
  else if (isOurs(packages)) module.enableCompileCache(path.join(packages, '.cache', 'tsrv', 'compiled'))
}

function isOurs(dir) {
  const found = statSync(dir, { throwIfNoEntry: false })
  return found !== undefined && found.uid === process.getuid()
}

function fail(message) {
  console.error(`✖ ${message}`)
  process.exitCode = 1
}
