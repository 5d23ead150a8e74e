/** `tsrv queue list`: the queues, and how much is in each. */
import { askServer } from '../ask-server.ts'
import { queueListText } from '../render/queue-list.ts'
import { show } from '../watch.ts'

export interface QueueListOptions {
  readonly config?: string
  readonly json: boolean
  readonly watch: boolean
}

export function queueList({ config, json, watch }: QueueListOptions): Promise<number> {
  return show({
    json,
    watch,
    ask: () => askServer(config, { ask: 'queues' }),
    text: (listing) => queueListText(listing, Date.now()),
  })
}
