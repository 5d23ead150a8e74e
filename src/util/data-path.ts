/** How the way to a value inside data is written: `$.a[0]["b c"]`. */

/** A key, an index, or a way into what has neither, e.g. `.<Set>[0]`. */
export type Step = string | number | { readonly into: string }

export function pathText(path: readonly Step[]): string {
  return `$${path.map(show).join('')}`
}

function show(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step === 'object') return step.into
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
