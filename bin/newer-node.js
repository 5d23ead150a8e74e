// Many projects, and a checkout of tsrv, pin their own Node as a dependency: under an older one tsrv runs again with it.
// Runs on old versions of Node.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { foldersUpward } from './folders-upward.js'

// The same as "engines" in package.json.
const NEEDED = [24, 15]

/** @param {string} version such as 24.15.0 */
export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

/** @param {string} bin the program to run again */
export function runUnderNewerNode(bin) {
  const node = process.env.TSRV_RERUN === undefined ? findNewerNode(bin) : undefined
  if (node === undefined) {
    fail(
      `tsrv needs Node >= ${NEEDED.join('.')}; this is ${process.version}. Install it, or run: npm i -D node@24`,
    )
    return
  }
  const child = spawn(node, [bin, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, TSRV_RERUN: '1' },
  })
  passOnSignals(child)
  child.on('error', (error) => fail(`Cannot run ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 128 + constants.signals[signal] : code
  })
}

/** The project of the current folder decides, then the one that this copy of tsrv is installed in. */
function findNewerNode(bin) {
  return [...foldersUpward(process.cwd()), ...foldersUpward(path.dirname(bin))]
    .map((folder) => path.join(folder, 'node_modules', 'node'))
    .filter((folder) => isNewEnough(versionOf(folder)))
    .map((folder) => path.join(folder, 'bin', 'node'))
    .find((file) => existsSync(file))
}

function versionOf(packageFolder) {
  try {
    return String(JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')).version)
  } catch {
    return '0.0'
  }
}

/**
 * A terminal signals the child as well; the server takes the second of two signals at once for an echo. USR1 would
 * open this process' inspector.
 */
function passOnSignals(child) {
  const signals = [
    'SIGINT',
    'SIGQUIT',
    'SIGTERM',
    'SIGHUP',
    'SIGUSR1',
    'SIGUSR2',
    'SIGTTIN',
    'SIGTTOU',
    'SIGCONT',
  ]
  for (const signal of signals) process.on(signal, () => child.kill(signal))
}

function fail(message) {
  console.error(`✖ ${message}`)
  process.exitCode = 1
}
