// The first process of a container has a second job: processes whose parents have ended become its children, and it
// has to reap them. Node waits for children of its own only, so there a shell, which waits for all, stays the first
// process and tsrv runs as its child. Runs on old versions of Node.
import { accessSync, constants } from 'node:fs'

const SHELL = '/bin/sh'

/**
 * Passes every signal on, also those that come before its child is there; ends when that ends, and with its status.
 * `wait` returns early for each signal. What a trap runs is one command: after a signal that comes in the middle of a
 * trap, dash has forgotten how the last command of that trap went, and a condition there would be wrong.
 *
 * @public for tests
 */
export const INIT = `names='TERM INT QUIT HUP USR1 USR2 TTIN TTOU CONT WINCH' early=
for name in $names; do trap "early=\\"\\$early $name\\"" "$name"; done
exec 3<&0
"$@" <&3 3<&- &
child=$!
exec 3<&-
for name in $names; do trap "kill -$name $child" "$name"; done
for name in $early; do kill "-$name" "$child"; done
while :; do
  wait "$child"
  status=$?
  kill -0 "$child" 2>/dev/null || exit "$status"
done`

/** Does nothing unless this is process 1 and there is a shell; else the same program starts anew, as its child. */
export function leaveInitToShell() {
  if (process.pid !== 1 || process.execve === undefined || !isExecutable(SHELL)) return
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  process.execve(SHELL, ['sh', '-c', INIT, 'tsrv', ...program])
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
