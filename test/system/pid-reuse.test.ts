/**
 * The kernel gives the pids of a killed server to strangers, which a new pid namespace lets us decide: nobody signals
 * them, and the next start works (R11).
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { it } from 'node:test'
import { BIN, project } from './project.ts'

const NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child']
const CHOOSE = 'echo 4000 > /proc/sys/kernel/ns_last_pid; sleep 0 & test $! = 4001'
/** What this machine lets an unprivileged user do differs: the first way that works. */
const way = [NAMESPACE, ['--user', '--map-root-user', ...NAMESPACE]].find(
  (flags) => spawnSync('unshare', [...flags, 'sh', '-c', CHOOSE]).status === 0,
)
const skip = way === undefined && 'skipped: a process may not choose the pid of the next one here'

/** Prints a line for each step; "$@" is the command line of tsrv. Nothing else forks in here, so that pids are ours. */
const SCRIPT = `
stranger() { echo $(($1 - 1)) > /proc/sys/kernel/ns_last_pid; sleep 600 & echo "stranger $(test $! = $1 && echo yes)"; }
ready() { until grep -q '"event":"ready"' "$1"; do sleep 0.05; done; }
alive() { kill -0 "$server" && kill -0 "$worker" && echo "strangers alive"; }

"$@" start -w 1 -o port=0 > first.log 2>&1 &
server=$!
ready first.log
read -r worker < /proc/$server/task/$server/children
worker=\${worker%% *}
kill -KILL $server
wait $server || true
while kill -0 $worker 2> /dev/null; do sleep 0.05; done
stranger $server
stranger $worker

"$@" stop; echo "stop $?"
"$@" stop --force; echo "stop --force $?"
"$@" reload 2> /dev/null; echo "reload $?"
"$@" status > /dev/null 2>&1; echo "status $?"
alive
"$@" start -w 1 -o port=0 > second.log 2>&1 &
next=$!
ready second.log
alive
"$@" stop; echo "stop $?"
wait $next; echo "start $?"
alive
`

it(
  'pids that were given to others are left alone by all commands, and by the next start',
  { skip },
  async () => {
    const dir = project('plain-app')
    const child = spawn('unshare', [...(way ?? []), 'sh', '-c', SCRIPT, 'sh', process.execPath, BIN], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      const [said, complaints] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit'),
      ])
      assert.deepEqual(said.split('\n'), [
        'stranger yes',
        'stranger yes',
        'Server is not running',
        'stop 0',
        'Server is not running',
        'stop --force 0',
        'reload 1',
        'status 3',
        'strangers alive',
        'strangers alive',
        'Stopping server ...',
        'Server stopped',
        'stop 0',
        'start 0',
        'strangers alive',
        '',
      ])
      assert.doesNotMatch(complaints, /✖/)
    } finally {
      child.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    }
  },
)
