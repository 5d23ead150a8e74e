/** What a spare worker does while it waits: a changed TypeScript file finds Node's compiler for it loaded already. */
import { stripTypeScriptTypes } from 'node:module'

/** Before any code of the user's, which might listen to warnings. */
export function warmUp(): void {
  const emitWarning = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  try {
    // Calling it is an experimental feature, what it loads is not: the same is used for every import.
    process.emitWarning = () => {}
    stripTypeScriptTypes('')
  } catch {
    // A Node that strips no types needs no warming for it.
  } finally {
    if (emitWarning !== undefined) Object.defineProperty(process, 'emitWarning', emitWarning)
  }
}
