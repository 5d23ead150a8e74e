/** What a process or thread has compiled, kept for the next one. */
import { flushCompileCache } from 'node:module'

/**
 * Writes it now. Node does so at the exit, where it takes many times as long, and a stop would wait for it; and not at all
 * when a process is killed. Called when a boot is over and nobody waits for answers yet: the first time it takes some 10 ms.
 */
export function storeCompiled(): void {
  flushCompileCache()
}
