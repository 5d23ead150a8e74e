/** Classes are functions that cannot be called; only their source text tells them apart. */

export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}
