/**
 * Makes `import … from '@tsrv/server'` in user files mean the running copy, wherever it is installed.
 * Hooks are per thread and not inherited, so every entry imports this file before any user code.
 */
import { registerHooks } from 'node:module'

const SELF = '@tsrv/server'
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const INDEX = new URL(`../index${EXTENSION}`, import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    // Decided here, not passed on as another specifier: the resolver of `require` would look for a file of that name.
    return specifier === SELF ? { url: INDEX, shortCircuit: true } : nextResolve(specifier, context)
  },
})
