/** Children obey the supervisor alone, whoever else signals them. */

/**
 * A terminal signals its whole foreground group, dumb-init its session, systemd all processes of a unit: requests
 * and tasks would be cut off while the supervisor waits for their ends. TTIN and TTOU would stop the process.
 */
const OF_THE_SUPERVISOR = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTTIN',
  'SIGTTOU',
] as const

/** Those that stop the supervisor; the others the user's code may have for itself. */
const STOPPING: ReadonlySet<string | symbol> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'])

const ignore = (): void => {}

/** From here on no signal of the supervisor's ends this process. */
export function ignoreSignals(): void {
  for (const signal of OF_THE_SUPERVISOR) process.on(signal, ignore)
}

/** SIGTERM ends this process again, unless the program has a handler for it. */
export function obeyTermination(): void {
  process.off('SIGTERM', ignore)
}

/** The same for a process that has nothing to finish, so that those which stop the others may end it as well. */
export function ignoreRequests(): void {
  for (const signal of OF_THE_SUPERVISOR) if (!STOPPING.has(signal)) process.on(signal, () => {})
}

/**
 * Programs written to run by themselves stop at these signals, often by `process.exit()`. Here that would cut the
 * requests of the others: such a handler is taken off again, and the stop reaches the program through its events.
 *
 * @param onRefused told once for each signal
 */
export function refuseStopHandlers(onRefused: (signal: string) => void): void {
  const refused = new Set<string>()
  process.on('newListener', (signal: string | symbol, handler: (...parameters: unknown[]) => void) => {
    if (typeof signal !== 'string' || !STOPPING.has(signal)) return
    // The event comes before the listener is added.
    queueMicrotask(() => process.off(signal, handler))
    if (refused.has(signal)) return
    refused.add(signal)
    onRefused(signal)
  })
}

/**
 * The same for a service: its handlers are kept until the supervisor stops it, and then called as any process manager
 * would have them called.
 */
export class HeldStopHandlers {
  readonly #held: { readonly signal: string; readonly handler: StopHandler }[] = []
  #isHolding = true

  constructor() {
    process.on('newListener', (signal: string | symbol, handler: StopHandler) => {
      if (!this.#isHolding || typeof signal !== 'string' || !STOPPING.has(signal)) return
      // The event comes before the listener is added.
      queueMicrotask(() => process.off(signal, handler))
      this.#held.push({ signal, handler })
    })
  }

  /** @returns whether the program ends itself: it had a handler, which has been called */
  release(): boolean {
    this.#isHolding = false
    for (const { signal, handler } of this.#held) process.on(signal, handler)
    const signal = ['SIGTERM', 'SIGINT'].find((one) => this.#held.some((held) => held.signal === one))
    return signal !== undefined && process.emit(signal as 'SIGTERM', signal as 'SIGTERM')
  }
}

type StopHandler = (...parameters: unknown[]) => void
