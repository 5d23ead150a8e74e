/** Waits that end. */

/** The longest wait of Node's timers, 24.8 days; they turn a longer one into 1 ms. */
const LONGEST = 2 ** 31 - 1

/** Rejects with `late()` when `promise` has not settled after `ms` milliseconds; Infinity waits 24.8 days. */
export async function withDeadline<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(() => timeout.reject(late()), Math.min(ms, LONGEST))
  try {
    return await Promise.race([promise, timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}
