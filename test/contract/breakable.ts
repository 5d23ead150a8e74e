/** Shows of a contract that its rules can fail, by implementations that each do one thing wrong. */

interface Faulty<Open> {
  readonly fault: string
  readonly open: Open
}

export interface Breakages {
  /** Faults that broke no rule. */
  readonly unnoticed: readonly string[]
  /** Rules that no fault broke. */
  readonly unbroken: readonly string[]
}

/** @param holds rejects when the rule is broken */
export async function tryToBreak<Open, Rule extends { readonly rule: string }>(
  faulty: readonly Faulty<Open>[],
  rules: readonly Rule[],
  holds: (open: Open, rule: Rule) => Promise<void>,
): Promise<Breakages> {
  const noticed = new Set<string>()
  const broken = new Set<Rule>()
  for (const { fault, open } of faulty) {
    // The rules that nothing has broken yet come first; the others only count until one notices the fault.
    for (const rule of rules.toSorted((one, other) => Number(broken.has(one)) - Number(broken.has(other)))) {
      if (noticed.has(fault) && broken.has(rule)) continue
      const isKept = await holds(open, rule).then(
        () => true,
        () => false,
      )
      if (isKept) continue
      noticed.add(fault)
      broken.add(rule)
    }
  }
  return {
    unnoticed: faulty.map(({ fault }) => fault).filter((fault) => !noticed.has(fault)),
    unbroken: rules.filter((rule) => !broken.has(rule)).map(({ rule }) => rule),
  }
}
