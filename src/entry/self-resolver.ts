/**
 * Makes `import … from '@tsrv/server'` (or of its `/testing`) in user files mean the running copy, wherever it is installed.
 * Hooks are per thread and not inherited, so every entry imports this file before any user code.
 */
import { registerHooks } from 'node:module'

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const own = (name: string): string => new URL(`../${name}${EXTENSION}`, import.meta.url).href
const SELF = new Map([
  ['@tsrv/server', own('index')],
  ['@tsrv/server/testing', own('testing')],
])

registerHooks({
  resolve(specifier, context, nextResolve) {
    // Decided here, not passed on as another specifier: the resolver of `require` would look for a file of that name.
    const url = SELF.get(specifier)
    return url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true }
  },
})
