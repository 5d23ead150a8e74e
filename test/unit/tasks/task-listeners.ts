/** Sends one TaskEvent through listeners as a task worker does. */
import { TsrvError } from '../../../src/errors.ts'
import { EventDispatcher, type Listener } from '../../../src/events/dispatcher.ts'
import { TaskEvent } from '../../../src/events/task-events.ts'
import type { ServiceLookup } from '../../../src/server.ts'
import { type FakeServer, fakeServer } from '../events/fake-server.ts'

export interface Dispatched extends FakeServer {
  readonly event: TaskEvent
}

/** As a container of these services. */
export function servicesFrom(services: Readonly<Record<string, unknown>>): ServiceLookup {
  return {
    has: (name) => name in services,
    get(service) {
      if (service in services) return services[service]
      throw new TsrvError('SERVICE_MISSING', { service, reason: 'not in this test' })
    },
  }
}

export async function dispatchTask(
  data: unknown,
  ...listeners: readonly Listener<TaskEvent>[]
): Promise<Dispatched> {
  const fake = fakeServer()
  const dispatcher = new EventDispatcher()
  for (const listener of listeners) dispatcher.on(TaskEvent, listener)
  const event = new TaskEvent({
    server: fake.server,
    taskId: 1,
    workerId: 0,
    data,
    attempt: 1,
    signal: new AbortController().signal,
    onProgress() {},
  })
  await dispatcher.dispatch(event, {
    onReturn: (value) => {
      event.returnValue = value
    },
  })
  return { ...fake, event }
}
