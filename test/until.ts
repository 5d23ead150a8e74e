/** Waits for a condition instead of a time. */

// Long: on a machine that does other things as well a boot can take many times as long as alone.
const PATIENCE = 30_000
const POLL = 5

/**
 * @param what completes "waited in vain for …"
 * @param describe what is known at the end of the patience
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  describe: () => string = () => '',
  patience = PATIENCE,
): Promise<void> {
  const endsAt = performance.now() + patience
  while (!(await condition())) {
    if (performance.now() > endsAt) throw new Error(`waited in vain for ${what}; ${describe()}`)
    await new Promise((resolve) => setTimeout(resolve, POLL))
  }
}
