/** Task logs that each do one thing wrong, to show that the contract would notice. */
import { MemoryTaskLog } from '../../../../src/tasks/task-log/memory.ts'
import type { TaskLog } from '../../../../src/tasks/task-log.ts'
import type { TaskLogOptions } from '../../../contract/task-log/stage.ts'

/** What is wrong, and the methods that do it; what is not named works. */
type Fault = (right: TaskLog, options: TaskLogOptions) => Partial<TaskLog>

const FAULTS: Readonly<Record<string, Fault>> = {
  'loses the data': (right) => ({
    get: async (id) => {
      const record = await right.get(id)
      return record && { ...record, data: new Uint8Array(0) }
    },
  }),
  'makes a record anew that is there already': (right, options) => {
    const copies = new Map<number, TaskLog>()
    return {
      create: async (records) => {
        for (const record of records) {
          const copy = new MemoryTaskLog(options)
          await copy.create([record])
          copies.set(record.id, copy)
        }
        await right.create(records)
      },
      get: async (id) =>
        (await right.get(id))?.status === 'running' ? copies.get(id)?.get(id) : right.get(id),
    }
  },
  'knows no children': (right) => ({
    create: (records) => right.create(records.map(({ parentId: _parentId, ...record }) => record)),
  }),
  'waits for ever for children that were cancelled': (right) => ({
    transition: (id, { parentId, ...change }) =>
      right.transition(
        id,
        change.to === 'cancelled' || parentId === undefined ? change : { ...change, parentId },
      ),
  }),
  'takes no notice of masterStatus': (right) => ({
    create: (records) => right.create(records.map(({ masterStatus: _masterStatus, ...record }) => record)),
  }),
  'lets a child overrule the failure of its parent': (right) => {
    const overruled = new Set<number>()
    return {
      transition: async (id, change) => {
        if (change.to === 'completed' && change.parentId !== undefined) overruled.add(change.parentId)
        return right.transition(id, change)
      },
      get: async (id) => {
        const record = await right.get(id)
        return record && (overruled.has(id) ? { ...record, status: 'completed' } : record)
      },
    }
  },
  'ignores fences': (right) => ({
    transition: async (id, change) => {
      const { fence = 0 } = (await right.get(id)) ?? {}
      return right.transition(id, { ...change, fence: fence + 1 })
    },
  }),
  'does not compare before it sets': (right) => ({
    transition: async (id, change) => {
      await right.transition(id, change)
      return true
    },
  }),
  'lets several ends count': (right) => ({
    transition: async (id, change) => {
      const { status } = (await right.get(id)) ?? {}
      await Promise.resolve()
      const made = await right.transition(id, change)
      return made || (status === 'running' && change.to !== 'running' && change.fence === 5)
    },
  }),
  'keeps what is no longer true': (right) => {
    const errors = new Map<number, string>()
    const results = new Map<number, Uint8Array>()
    return {
      transition: async (id, change) => {
        if (change.error !== undefined) errors.set(id, change.error)
        if (change.result !== undefined) results.set(id, change.result)
        return right.transition(id, change)
      },
      get: async (id) => {
        const record = await right.get(id)
        const [error, result] = [errors.get(id), results.get(id)]
        return record && { ...record, ...(error !== undefined && { error }), ...(result && { result }) }
      },
    }
  },
  'notes progress of anybody': (right) => ({
    progress: async (id, _, progress) => right.progress(id, (await right.get(id))?.fence ?? 0, progress),
  }),
  'makes up what it does not have': (right) => ({
    transition: async (id, change) => (await right.get(id)) === undefined || right.transition(id, change),
  }),
  'forgets everything when initialised again': (right) => {
    let times = 0
    return {
      initialise: async () => {
        if (++times > 1) await right.archive({ where: {}, force: true })
      },
    }
  },
  'lists the oldest first': (right) => ({
    search: (query) => right.search({ sort: { by: 'createdAt', order: 'asc' }, ...query }),
  }),
  'gives data with a list': (right) => ({
    search: async (query) => {
      const page = await right.search(query)
      const records = await Promise.all(
        page.records.map(async (one) => ({ ...one, ...(await right.get(one.id)) })),
      )
      return { ...page, records }
    },
  }),
  'gives pages of any size': (right) => ({
    search: async (query) => {
      const page = await right.search(query)
      const { limit = 20 } = query
      if (page.next === undefined || page.records.length >= limit) return page
      const rest = await right.search({ ...query, cursor: page.next, limit: limit - page.records.length })
      return { ...rest, records: [...page.records, ...rest.records] }
    },
  }),
  'always names a next page': (right) => ({
    search: async (query) => {
      const page = await right.search(query)
      const next = Buffer.from('["createdAt","desc",0,0]').toString('base64url')
      return page.records.length === 0 ? page : { next, ...page }
    },
  }),
  'counts pages from the start': (right) => ({
    search: async ({ cursor, limit = 20, ...query }) => {
      const skipped = cursor === undefined ? 0 : Number(cursor)
      const { records } = await right.search({ ...query, limit: 1000 })
      const page = records.slice(skipped, skipped + limit)
      const next = `${skipped + limit}`
      return records.length > skipped + limit ? { records: page, next } : { records: page }
    },
  }),
  'takes any cursor for the first page': (right) => ({
    search: (query) => right.search(query).catch(() => right.search({})),
  }),
  'shows archived records': (right) => ({
    search: (query) => right.search({ ...query, where: { status: { neq: 'unknown' }, ...query.where } }),
  }),
  'ignores the second condition': (right) => ({
    search: ({ where = {}, ...query }) =>
      right.search({ ...query, where: Object.fromEntries(Object.entries(where).slice(0, 1)) }),
  }),
  'counts without conditions': (right) => ({ stats: () => right.stats({}) }),
  'archives everything': (right) => ({
    archive: (wanted) => right.archive({ ...wanted, force: true }),
  }),
  'never archives what is in progress': (right) => ({
    archive: ({ force: _force, ...wanted }) => right.archive(wanted),
  }),
  'archives one page': (right) => ({
    archive: async (wanted) => {
      if ('ids' in wanted) return right.archive(wanted)
      const { records } = await right.search({ ...(wanted.where && { where: wanted.where }), limit: 1000 })
      return right.archive({ ids: records.map(({ id }) => id) })
    },
  }),
  'archives whatever the conditions': (right) => ({
    archive: (wanted) => right.archive('ids' in wanted ? wanted : { where: {} }),
  }),
  'prunes without slices': (right) => ({ prune: (limits) => right.prune({ ...limits, slice: 1000 }) }),
  'keeps too many': (right) => ({ prune: (limits) => right.prune({ ...limits, keep: limits.keep + 1 }) }),
}

export const BROKEN_TASK_LOGS = Object.entries(FAULTS).map(([fault, faulty]) => ({
  fault,
  open: async (options: TaskLogOptions): Promise<TaskLog> => {
    const right = new MemoryTaskLog(options)
    return replaced(right, faulty(right, options))
  },
}))

function replaced(right: TaskLog, wrong: Partial<TaskLog>): TaskLog {
  return new Proxy(right, {
    get(_, name: keyof TaskLog) {
      const member = wrong[name] ?? right[name]
      return typeof member === 'function' ? member.bind(right) : member
    },
  })
}
