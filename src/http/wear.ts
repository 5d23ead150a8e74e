/** When an HTTP worker has worked enough and a fresh one should take its place. Pure. */

export interface WearLimits {
  /** 0 is never. */
  readonly maxRequests: number
  /** Bytes; undefined is never. */
  readonly maxMemory: number | undefined
  /** Milliseconds; 0 is never. */
  readonly maxAge: number
}

export interface Wear {
  readonly requests: number
  /** Bytes. */
  readonly memory: number
  /** Milliseconds. */
  readonly age: number
}

/** The part of a limit by which it may come earlier. */
const JITTER = 0.1
/** Milliseconds: what a worker uses right after its boot is no leak, and a fresh one would use the same. */
const LEAST_AGE = 5000
const MEGABYTE = 1024 ** 2

/** Workers that were started together, and get the same load, must not all reach their limits together. */
export function withJitter(limits: WearLimits, random: number): WearLimits {
  const factor = 1 - JITTER * random
  return {
    ...limits,
    maxRequests: Math.ceil(limits.maxRequests * factor),
    maxAge: Math.ceil(limits.maxAge * factor),
  }
}

/** @returns why it is worn; undefined while it is not */
export function wornBy(
  { maxRequests, maxMemory, maxAge }: WearLimits,
  { requests, memory, age }: Wear,
): string | undefined {
  if (maxRequests > 0 && requests >= maxRequests)
    return `it has served ${requests} requests (http.maxRequests)`
  if (maxAge > 0 && age >= maxAge) return `it is ${Math.round(age / 1000)} s old (http.maxAge)`
  if (maxMemory === undefined || memory <= maxMemory || age < LEAST_AGE) return undefined
  return `it uses ${Math.round(memory / MEGABYTE)} MB of memory (http.maxMemory)`
}
