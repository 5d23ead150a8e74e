/** Waits for a condition instead of a time. */

// Long: on a machine that does other things as well a boot can take many times as long as alone.
const PATIENCE = 30_000
/** Milliseconds between two looks. */
const PAUSE = 5
/** Of the time that a look takes: what is waited for needs the processor more than who waits. */
const PAUSES_PER_LOOK = 4
const LONGEST_PAUSE = 250

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
  for (;;) {
    const looksAt = performance.now()
    if (await condition()) return
    if (performance.now() > endsAt) throw new Error(`waited in vain for ${what}; ${describe()}`)
    const pause = Math.max(PAUSE, PAUSES_PER_LOOK * (performance.now() - looksAt))
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, LONGEST_PAUSE)))
  }
}
