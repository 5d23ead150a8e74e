/** What the task log of a stopped server says: one event per record. */
import { existsSync } from 'node:fs'
import { SqliteStore } from '../../src/tasks/store/sqlite-store.ts'
import type { HistoryEvent } from './history.ts'

/** @returns nothing for a server that kept its tasks in memory */
export async function recordsIn(file: string): Promise<HistoryEvent[]> {
  if (!existsSync(file)) return []
  await using store = await SqliteStore.open(file, { durability: 'process' })
  const events: HistoryEvent[] = []
  for (let cursor: string | undefined; ;) {
    const page = await store.log.search({ limit: 1000, ...(cursor !== undefined && { cursor }) })
    for (const { id, status } of page.records) events.push({ kind: 'record', id, status })
    cursor = page.next
    if (cursor === undefined) return events
  }
}
