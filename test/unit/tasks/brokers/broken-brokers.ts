/** Brokers that each do one thing wrong, to show that the contract would notice. */
import type { Broker, Claim, NewTask } from '../../../../src/tasks/broker.ts'
import { MemoryBroker } from '../../../../src/tasks/brokers/memory.ts'
import type { TaskEnvelope } from '../../../../src/tasks/task.ts'
import { type BrokerOptions, COMPLETED } from '../../../contract/broker/stage.ts'
import { ALL, CLAIM_FAULTS, type Fault } from './broken-claims.ts'

const FAULTS: Readonly<Record<string, Fault>> = {
  ...CLAIM_FAULTS,
  'loses the label of tasks': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map((one) => retold(one, { label: 'lost' }))),
  }),
  'gives the last one first': (right) => ({
    claim: async (wanted) => (await right.claim(wanted)).toReversed(),
  }),
  'ignores priorities': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map((one) => retold(one, { priority: 0 }))),
  }),
  'takes at most a thousand tasks': (right) => ({
    enqueue: async (tasks) => {
      await right.enqueue(tasks.slice(0, 1000))
      return tasks.map(({ task: { id } }) => ({ id, status: 'enqueued' }))
    },
  }),
  'takes the tasks of a call one by one': (right) => ({
    enqueue: async (tasks) => {
      const results = []
      for (const one of tasks) results.push(...(await right.enqueue([one])))
      return results
    },
  }),
  'knows no task again': (right) => {
    let copies = 0
    return {
      enqueue: async (tasks) => {
        const results = []
        for (const one of tasks) {
          const [result] = await right.enqueue([one])
          if (result?.status === 'known')
            await right.enqueue([retold(one, { id: one.task.id + 1000 * ++copies })])
          results.push({ id: one.task.id, status: 'enqueued' } as const)
        }
        return results
      },
    }
  },
  'forgets an ended task at once': (right) => ({
    settle: async (claim, end) => {
      const settled = await right.settle(claim, end)
      await right.forget([claim.task.id])
      return settled
    },
  }),
  'forgets what the sender knew': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map(({ task }) => ({ task, attempt: 0, crashes: 0 }))),
  }),
  'has no keys': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map((one) => without(one, 'key'))),
  }),
  'never frees a key': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map((one) => retold(one, { keyUntil: Infinity }))),
  }),
  'ignores keyUntil': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map((one) => without(one, 'keyUntil'))),
  }),
  'drops the key at keyUntil': (right, { now }) => ({
    enqueue: (tasks) =>
      right.enqueue(tasks.map((one) => ((one.task.keyUntil ?? 0) > now() ? one : without(one, 'key')))),
  }),
  'gives one task more than wanted': (right) => ({
    claim: (wanted) => right.claim({ ...wanted, max: wanted.max + 1 }),
  }),
  'has one queue only': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map((one) => retold(one, { queue: 'default' }))),
    claim: (wanted) => right.claim({ ...wanted, queue: 'default' }),
  }),
  'looks first and takes later': (right) => ({
    claim: async ({ queue, max, ...wanted }) => {
      const seen = await right.peek(queue, { state: 'ready', limit: max })
      await Promise.resolve()
      const claims = await right.claim({ queue, max, ...wanted })
      return seen.map(
        (task, index) => claims[index] ?? { task, attempt: 1, crashes: 0, isSuspect: false, fence: 1 },
      )
    },
  }),
  'puts released tasks last': (right, { now }) => ({
    release: async (claim, how) => {
      const settled = await right.settle(claim, COMPLETED)
      if (settled === 'lost') return settled
      await right.forget([claim.task.id])
      const { attempt, crashes, task } = claim
      const again = retold({ task, attempt, crashes }, { runAt: how.runAt ?? now() })
      await right.enqueue([again])
      return settled
    },
  }),
  'counts refunded attempts': (right) => ({
    release: (claim, { refund: _refund, ...how }) => right.release(claim, how),
  }),
  'does not count crashes': (right) => ({
    release: (claim, { crashed: _crashed, ...how }) => right.release(claim, how),
  }),
  'retries at once': (right) => ({
    release: (claim, { runAt: _runAt, ...how }) => right.release(claim, how),
  }),
  'treats suspects like the others': (right) => ({
    claim: async (wanted) => [
      ...(await right.claim({ ...wanted, suspects: false })),
      ...(await right.claim({ ...wanted, suspects: true })),
    ],
  }),
  'lists reports in the order they came, without pages': (right) => ({
    undelivered: async () => right.undelivered(0, 1000),
  }),
  'mixes up the receivers of reports': (right) => ({
    undelivered: async (after, limit) =>
      (await right.undelivered(after, limit)).map((one) => ({ ...one, sender: 'http:1', client: 'client' })),
  }),
  'forgets what has not ended': (right) => ({
    forget: async (ids) => {
      for (const id of ids) await right.cancel(id, COMPLETED)
      await right.forget(ids)
    },
  }),
  'does not cancel what is delayed': (right, { now }) => ({
    cancel: async (id, end) => {
      const delayed = await right.peek('default', { state: 'delayed', limit: 1000 })
      const task = delayed.find((one) => one.id === id && one.runAt > now())
      return task === undefined ? right.cancel(id, end) : { state: 'ended', task }
    },
  }),
  'cancels what runs': (right) => {
    const claims = new Map<number, Claim>()
    return {
      claim: async (wanted) => {
        const given = await right.claim(wanted)
        for (const one of given) claims.set(one.task.id, one)
        return given
      },
      cancel: async (id, end) => {
        const claimed = claims.get(id)
        if (claimed === undefined) return right.cancel(id, end)
        await right.settle(claimed, end)
        return { state: 'ended', task: claimed.task }
      },
    }
  },
  'thinks that it has cancelled what was never here': (right) => ({
    cancel: async (id, end) => {
      const result = await right.cancel(id, end)
      return result.state === 'unknown' ? { state: 'running' } : result
    },
  }),
  'throws failed tasks away': (right) => ({
    settle: (claim, end) => right.settle(claim, { ...end, state: 'completed' }),
  }),
  'runs dead tasks again with their old record': (right) => ({
    claim: async (wanted) =>
      (await right.claim(wanted)).map((one) => ({ ...one, attempt: one.attempt + (one.task.retryOf ?? 3) })),
  }),
  'puts all dead tasks back': (right) => ({ redrive: (queue) => right.redrive(queue) }),
  'puts dead tasks back although they are duplicates': (right) => ({
    redrive: async (queue) => (await right.redrive(queue)) || 1,
  }),
  'starts anew when initialised': (right) => ({
    initialise: async () => {
      for (const { task } of await right.claim({ ...ALL, queue: 'default' })) await right.forget([task.id])
    },
  }),
  'closes before it has finished': (right) => {
    let isOpen = true
    return {
      enqueue: async (tasks) => {
        await Promise.resolve()
        return isOpen ? right.enqueue(tasks) : tasks.map(({ task: { id } }) => ({ id, status: 'enqueued' }))
      },
      counts: async (queue) => {
        await Promise.resolve()
        return right.counts(queue)
      },
      close: async () => {
        isOpen = false
        await right.close()
      },
    }
  },
  'believes the clock of the sender': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map((one) => retold(one, { createdAt: 0 }))),
  }),
  'ignores delays': (right) => ({
    enqueue: (tasks) => right.enqueue(tasks.map((one) => retold(one, { runAt: one.task.createdAt }))),
  }),
  'orders by the time a task is due': (right) => ({
    claim: async (wanted) =>
      [...(await right.claim(wanted))].sort((one, other) => one.task.runAt - other.task.runAt),
  }),
  'does not pause': () => ({ pause: async () => {} }),
  'pauses for ever': (right) => ({ pause: (queue) => right.pause(queue), resume: async () => {} }),
  'counts delayed suspects': (right) => {
    const suspects = new Set<number>()
    return {
      enqueue: (tasks) => {
        for (const { task, crashes } of tasks) if (crashes > 0) suspects.add(task.id)
        return right.enqueue(tasks)
      },
      counts: async (queue) => {
        const delayed = await right.peek('default', { state: 'delayed', limit: 1000 })
        const counts = await right.counts(queue)
        return { ...counts, suspects: counts.suspects + delayed.filter(({ id }) => suspects.has(id)).length }
      },
    }
  },
  'counts no bytes': (right) => ({ counts: async (queue) => ({ ...(await right.counts(queue)), bytes: 0 }) }),
  'lists no pauses': (right) => ({
    queues: async () => (await right.queues()).map(({ pausedUntil: _pausedUntil, ...queue }) => queue),
  }),
  'shows tasks without pages': (right) => ({
    peek: (queue, { state }) => right.peek(queue, { state, limit: 1000 }),
  }),
}

export const BROKEN_BROKERS = Object.entries(FAULTS).map(([fault, faulty]) => ({
  fault,
  open: async (options: BrokerOptions): Promise<Broker> => {
    const right = new MemoryBroker(options)
    return replaced(right, faulty(right, options))
  },
}))

export function replaced(right: Broker, wrong: Partial<Broker>): Broker {
  return new Proxy(right, {
    get(_, name: keyof Broker) {
      const member = wrong[name] ?? right[name]
      return typeof member === 'function' ? member.bind(right) : member
    },
  })
}

function retold(one: NewTask, fields: Partial<TaskEnvelope>): NewTask {
  return { ...one, task: { ...one.task, ...fields } }
}

function without(one: NewTask, field: 'key' | 'keyUntil'): NewTask {
  const { [field]: _, ...task } = one.task
  return { ...one, task }
}
