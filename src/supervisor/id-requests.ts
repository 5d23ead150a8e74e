/** Answers a child that asks for more task ids. */
import type { Logger } from '../server.ts'
import type { FromChild } from '../wire/messages.ts'
import type { IdBlocks } from '../control/id-blocks.ts'
import type { WorkerHandle } from './worker-handle.ts'

const RETRY_AFTER = 1000

type IdRequest = Extract<FromChild, { type: 'ids?' }>

/** The child goes on with its reserve meanwhile, so a disk that is full for a while is waited for. */
export function answerIdRequest(
  worker: WorkerHandle,
  { kind, request }: IdRequest,
  { ids, log }: { readonly ids: IdBlocks; readonly log: Logger },
): void {
  try {
    worker.send({ type: 'ids', range: ids.take(kind), request })
  } catch (error) {
    log.error({ err: error, child: worker.label }, 'Cannot hand out task ids; trying again')
    const again = (): void => {
      if (worker.state !== 'dead') answerIdRequest(worker, { type: 'ids?', kind, request }, { ids, log })
    }
    setTimeout(again, RETRY_AFTER).unref()
  }
}
