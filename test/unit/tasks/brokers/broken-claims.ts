/** Brokers that each do one thing wrong with claims, see `broken-brokers.ts`. */
import type { Broker, Claim } from '../../../../src/tasks/broker.ts'
import type { BrokerOptions } from '../../../contract/broker/stage.ts'

/** What is wrong, and the methods that do it; what is not named works. */
export type Fault = (right: Broker, options: BrokerOptions) => Partial<Broker>

export const CLAIM_FAULTS: Readonly<Record<string, Fault>> = {
  'has the same fence for all claims': (right) => unfenced(right),
  'never takes a claim away': () => ({ reapExpired: async () => [] }),
  'takes claims made ahead for ones that run': (right) => ({
    claim: ({ startNow: _startNow, ...wanted }) => right.claim(wanted),
  }),
  'counts the attempts of claims that never began': (right) => ({
    reapExpired: async () => {
      const reaped = await right.reapExpired()
      for (const one of await right.claim({ ...ALL, queue: 'default' })) await right.release(one, {})
      return reaped
    },
  }),
  'does not note what begins': () => ({ begin: async () => {} }),
  'begins for whoever asks': (right) => {
    const newest = new Map<number, Claim>()
    return {
      claim: async (wanted) => {
        const given = await right.claim(wanted)
        for (const one of given) newest.set(one.task.id, one)
        return given
      },
      begin: (claims) => right.begin(claims.map((one) => newest.get(one.task.id) ?? one)),
    }
  },
  'does not renew': () => ({ renew: async () => [] }),
  'settles for whoever asks': (right) => {
    const newest = new Map<number, Claim>()
    const noted = (claims: readonly Claim[]): readonly Claim[] => {
      for (const one of claims) newest.set(one.task.id, one)
      return claims
    }
    return {
      claim: async (wanted) => noted(await right.claim(wanted)),
      reapExpired: async () => noted(await right.reapExpired()),
      settle: async (claim, end) => right.settle(newest.get(claim.task.id) ?? claim, end),
    }
  },
  'says ok to everyone': (right) => ({
    settle: async (claim, end) => {
      await right.settle(claim, end)
      return 'ok'
    },
  }),
}

export const ALL = { max: 1000, suspects: false, leaseMs: 1000, worker: 'x' } as const

function unfenced(right: Broker): Partial<Broker> {
  const fences = new Map<number, Claim>()
  const shown = (claims: readonly Claim[]): readonly Claim[] =>
    claims.map((one) => {
      fences.set(one.task.id, one)
      return { ...one, fence: 1 }
    })
  return {
    claim: async (wanted) => shown(await right.claim(wanted)),
    reapExpired: async () => shown(await right.reapExpired()),
    settle: async (claim, end) => right.settle(fences.get(claim.task.id) ?? claim, end),
    release: async (claim, how) => right.release(fences.get(claim.task.id) ?? claim, how),
    renew: async (claims, leaseMs) =>
      right.renew(
        claims.map((one) => fences.get(one.task.id) ?? one),
        leaseMs,
      ),
  }
}
